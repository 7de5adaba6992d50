import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { bookingBody, type Stack } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { besidesIds, type IntakeFixture, startIntake } from './intake.fixture.test.ts';

let intake: IntakeFixture;
let stack: Stack;

beforeAll(async () => {
  intake = await startIntake();
  ({ stack } = intake);
});

afterAll(() => intake.stop());

const api = () => intake.api();
const post: IntakeFixture['post'] = (...given) => intake.post(...given);
const leadOf = (body: Record<string, unknown>) => intake.leadOf(String(body.email));
const leadCount = () => intake.leadCount();
const freshAddress = () => intake.freshAddress();

describe('an accepted booking', () => {
  it('is answered 202 with its reference, and kept as lead, submission and event', async () => {
    const body = bookingBody();
    const answer = await post(body);
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      masked_ref: expect.stringMatching(/^[1-9A-HJ-NP-Za-km-z]{22}$/),
      confirmation_url: `http://localhost:3001/confirmation/${answer.body.masked_ref}`,
      received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(answer.headers.location).toBe(answer.body.confirmation_url);

    const lead = await leadOf(body);
    expect(lead).toMatchObject({
      first_name: 'Kari',
      phone: '+4740612345',
      status: 'new',
      source: 'website',
      booking_count: 1,
      version: 1,
      masked_ref: answer.body.masked_ref,
      confirmation_sent_at: null,
    });
    const [submission] = await stack.db('intake.submissions').where({ lead_id: lead.id });
    expect(submission).toMatchObject({ lead_version: 1, fields: { phone: '406 12 345', email: body.email } });
    const [event] = await stack.db('messaging.outbox').where({ subject: lead.id });
    expect(event).toMatchObject({ type: 'LeadCreated', routing_key: 'lead.created' });
    expect(besidesIds(event.event)).not.toMatch(/kari|nordmann|frivilligsentral|406/i);
  });

  it('DED-01 updates the lead when the email comes again in capitals', async () => {
    const body = bookingBody();
    const first = await post(body);
    const second = await post({ ...body, email: String(body.email).toUpperCase(), first_name: 'Karoline' });
    expect(second.body.masked_ref).toBe(first.body.masked_ref);
    const lead = await leadOf(body);
    expect(lead).toMatchObject({ booking_count: 2, version: 2, first_name: 'Karoline', status: 'new' });
    const types = await stack.db('messaging.outbox').where({ subject: lead.id }).orderBy('id').pluck('type');
    expect(types).toEqual(['LeadCreated', 'LeadRebooked']);
  });

  it('DED-15 keeps optional values that are left out or blank, and records what was overwritten', async () => {
    const body = bookingBody({ notes: 'ring etter lunsj' });
    await post(body);
    const { phone: _phone, ...without } = body;
    await post({ ...without, notes: '  ', organization_name: 'Nytt navn AS' });
    const lead = await leadOf(body);
    expect(lead).toMatchObject({
      phone: '+4740612345',
      notes: 'ring etter lunsj',
      organization_name: 'Nytt navn AS',
    });
    const [change] = await stack.db('lead_changes').where({ lead_id: lead.id });
    expect(change.changes).toEqual({
      organization_name: { before: 'Fjellbygda frivilligsentral', after: 'Nytt navn AS' },
    });
  });

  it('DED-17 leaves the status of a lead alone that sales has moved', async () => {
    const body = bookingBody();
    await post(body);
    await stack.db('leads').where({ email: body.email }).update({ status: 'qualified' });
    await post(body);
    expect(await leadOf(body)).toMatchObject({ status: 'qualified', booking_count: 2 });
  });

  it('counts 50 posts of one email at one instant, in different spellings, as one lead booked 50 times', async () => {
    const local = `samtidig.${randomUUID().slice(0, 8)}`;
    const spellings = [
      `${local}@example.com`,
      `${local.toUpperCase()}@EXAMPLE.com`,
      `  ${local}@Example.COM `,
    ];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => post(bookingBody({ email: spellings[n % 3] }))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.masked_ref)).size).toBe(1);
    expect(await stack.db('leads').where({ email: spellings[0] }).select('booking_count')).toEqual([
      { booking_count: 50 },
    ]);
  });

  it('PRV-01 is answered alike for a known and an unknown email', async () => {
    const body = bookingBody();
    const answers = [await post(body), await post(body), await post(bookingBody())];
    const shapes = answers.map(({ status, headers, body: answered }) => [
      status,
      Object.keys(headers).sort(),
      Object.keys(answered),
    ]);
    expect(shapes[1]).toEqual(shapes[0]);
    expect(shapes[2]).toEqual(shapes[0]);
  });

  it('VAL-37 ignores fields that are not the visitor’s', async () => {
    const body = bookingBody({
      status: 'converted',
      masked_ref: 'valgt-av-meg',
      ip_address: '198.51.100.77',
      source: 'partner',
    });
    const answer = await post(body, { from: '203.0.113.77' });
    expect(answer.status).toBe(202);
    expect(await leadOf(body)).toMatchObject({
      status: 'new',
      source: 'website',
      ip_address: '203.0.113.77',
    });
  });

  it('comes from a plain HTML form whose letters take nine octets each on the way', async () => {
    const fields = Object.entries(bookingBody({ notes: '注'.repeat(5_000) })) as [string, string][];
    const answer = await api()
      .post('/leads')
      .set('x-forwarded-for', freshAddress())
      .type('form')
      .send(new URLSearchParams(fields).toString());
    expect(answer.status).toBe(303);
  });

  it('comes from a plain HTML form as well, and leads to the confirmation page', async () => {
    const body = bookingBody({ first_name: 'Åse', notes: '' });
    const answer = await api()
      .post('/leads')
      .set('x-forwarded-for', freshAddress())
      .type('form')
      .send(body as Record<string, string>);
    expect(answer.status).toBe(303);
    expect(answer.headers.location).toMatch(/^http:\/\/localhost:3001\/confirmation\//);
    expect(await leadOf(body)).toMatchObject({ first_name: 'Åse', notes: null });
  });
});

describe('an Idempotency-Key', () => {
  it('gives the first answer again, and changes nothing', async () => {
    const body = bookingBody();
    const headers = { 'idempotency-key': randomUUID() };
    const first = await post(body, { headers });
    const again = await post(body, { headers });
    expect([again.status, again.body]).toEqual([202, first.body]);
    expect(await leadOf(body)).toMatchObject({ booking_count: 1 });
  });

  it('gives equal answers to parallel posts, and one event', async () => {
    const body = bookingBody();
    const headers = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(body, { headers })));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    const lead = await leadOf(body);
    expect(lead.booking_count).toBe(1);
    expect(await stack.db('messaging.outbox').where({ subject: lead.id })).toHaveLength(1);
  });

  it('is refused for another body, and in another form', async () => {
    const body = bookingBody();
    const headers = { 'idempotency-key': randomUUID() };
    await post(body, { headers });
    const other = await post({ ...body, notes: 'noe annet' }, { headers });
    expect([other.status, other.body.type]).toEqual([422, 'urn:meander:problem:idempotency-key-reused']);
    expect((await post(body, { headers: { 'idempotency-key': 'x'.repeat(256) } })).status).toBe(400);
  });
});

describe('the limit of attempts', () => {
  it('RAT-01 refuses the sixth within the hour, before anything is written', async () => {
    const from = '203.0.113.10';
    const answers = [];
    for (let n = 1; n <= 6; n += 1) answers.push(await post(n === 3 ? {} : bookingBody(), { from }));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 422, 202, 202, 429]);
    const before = await leadCount();
    const refused = await post(bookingBody(), { from });
    expect(refused.status).toBe(429);
    expect(refused.headers['content-type']).toMatch('application/problem+json');
    expect(refused.body.status).toBe(429);
    const wait = Number(refused.headers['retry-after']);
    expect(wait).toBeGreaterThan(3500);
    expect(wait).toBeLessThanOrEqual(3600);
    expect(refused.headers.ratelimit).toBe(`"leads";r=0;t=${wait}`);
    expect(refused.headers['ratelimit-policy']).toBe('"leads";q=5;w=3600');
    expect(await leadCount()).toBe(before);
  });

  it('RAT-15 lets exactly five of ten parallel posts through', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post(bookingBody(), { from: '203.0.113.22' })),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(5);
  });

  it('RAT-11 RAT-13 counts an IPv6 network as one client, and an IPv4-mapped address as IPv4', async () => {
    const statuses = async (addresses: string[]) => {
      const seen = [];
      for (const from of addresses) seen.push((await post({}, { from })).status);
      return seen;
    };
    expect(await statuses([1, 2, 3, 4, 5, 6].map((n) => `2001:db8:1:2::${n}`))).toEqual([
      422, 422, 422, 422, 422, 429,
    ]);
    const mapped = ['203.0.113.20', '::ffff:203.0.113.20'];
    expect(await statuses([...mapped, ...mapped, ...mapped])).toEqual([422, 422, 422, 422, 422, 429]);
  });

  it('RAT-21 does not count looking at the confirmation page', async () => {
    const from = '203.0.113.26';
    const { body } = await post(bookingBody(), { from });
    for (let n = 0; n < 10; n += 1)
      await api().get(`/confirmation/${body.masked_ref}`).set('x-forwarded-for', from);
    expect((await post(bookingBody(), { from })).status).toBe(202);
  });
});

describe('a refused request', () => {
  const refuses = async (
    answer: { status: number; headers: Record<string, string>; body: Record<string, unknown>; text: string },
    status: number,
  ) => {
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      status,
      title: expect.any(String),
      type: expect.stringMatching(/^urn:meander:problem:/),
    });
    expect(answer.text).not.toMatch(/node_modules|\.ts:|at \w+ \(/);
  };
  const raw = (body: string | Buffer, headers: Record<string, string>) =>
    api()
      .post('/leads')
      .set({ 'x-forwarded-for': freshAddress(), ...headers })
      .serialize((value) => value)
      .send(body as string);
  const json = { 'content-type': 'application/json' };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  it('VAL-49 names every missing field at once, in the language of the request', async () => {
    const answer = await post({}, { headers: { 'accept-language': 'en-GB,en;q=0.9' } });
    await refuses(answer, 422);
    const missing = ['first_name', 'last_name', 'email', 'organization_name', 'role_title'];
    expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual(missing);
    expect(answer.body.errors[0]).toEqual({
      field: 'first_name',
      rule: 'required_fields_present',
      message: 'Fill in this field.',
    });
    expect((await post({ locale: 'nb' })).body.errors[0].message).toBe('Fyll ut dette feltet.');
  });

  it.each([
    ['HTT-01 JSON as text/plain', 415, '{"first_name":"Kari"}', { 'content-type': 'text/plain' }],
    ['HTT-05 a trailing comma', 400, '{"email":"a@example.com",}', json],
    ['HTT-07 an array', 400, '[{"email":"arr@example.com"}]', json],
    ['a bare string', 400, '"hei"', json],
    ['an empty body', 422, '', json],
    ['broken text in a form', 400, 'first_name=K%E5re', form],
    ['half a character in a form', 400, 'first_name=Kari%C3&last_name=N', form],
    ['a surrogate in a form', 400, 'first_name=K%ED%A0%80ri', form],
    ['a form over the limit', 413, `notes=${'a'.repeat(33_000)}`, form],
    ['a form over the limit once it is read', 413, `notes=${'%C3%A5'.repeat(16_500)}`, form],
    ['HTT-09 a body over the limit', 413, `{"notes":"${'a'.repeat(102_400)}"}`, json],
    ['HTT-21 deeply nested JSON', 413, `{"notes":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, json],
    [
      'deeply nested JSON within the limit',
      422,
      `{"notes":${'['.repeat(15_000)}${']'.repeat(15_000)}}`,
      json,
    ],
    ['an unknown charset', 415, '{}', { 'content-type': 'application/json; charset=klingon' }],
    ['an unknown encoding', 415, '{}', { ...json, 'content-encoding': 'zebra' }],
    ['bytes that are no gzip', 400, 'abc', { ...json, 'content-encoding': 'gzip' }],
  ])('is told clearly: %s', async (_what, status, body, headers) => {
    const before = await leadCount();
    await refuses(await raw(body, headers), status);
    expect(await leadCount()).toBe(before);
  });

  it('HTT-15 is told about bytes that are not UTF-8', async () => {
    const bytes = Buffer.from(JSON.stringify(bookingBody({ first_name: 'K\u00e5re' })), 'latin1');
    const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
      const request = httpRequest(
        {
          port: intake.service.port,
          path: '/leads',
          method: 'POST',
          headers: { ...json, 'x-forwarded-for': freshAddress() },
        },
        (response) => {
          let body = '';
          response.on('data', (chunk) => {
            body += chunk;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        },
      );
      request.on('error', reject);
      request.end(bytes);
    });
    expect([answer.status, JSON.parse(answer.body).type]).toEqual([
      400,
      'urn:meander:problem:invalid-encoding',
    ]);
  });

  it('names what is missing where there is no body at all', async () => {
    const answer = await new Promise<{ status: number; text: string }>((resolve) => {
      const socket = connect(intake.service.port, '127.0.0.1');
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve({ status: Number(text.split(' ')[1]), text }));
      socket.end(
        `POST /leads HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${freshAddress()}\r\nContent-Type: application/json\r\n\r\n`,
      );
    });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('required_fields_present');
  });

  it('HTT-25 is a problem for an unknown path and a wrong method', async () => {
    await refuses(await api().get('/finnes-ikke'), 404);
    const wrong = await api().put('/leads').send({});
    await refuses(wrong, 405);
    expect(wrong.headers.allow).toBe('POST');
    expect(wrong.headers['x-powered-by']).toBeUndefined();
  });

  it('HTT-11 HTT-13 is not what gzip, a byte order mark or capitals lead to', async () => {
    const gzip = await new Promise<number>((resolve, reject) => {
      const headers = { ...json, 'content-encoding': 'gzip', 'x-forwarded-for': freshAddress() };
      const request = httpRequest(
        { port: intake.service.port, path: '/leads', method: 'POST', headers },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      request.on('error', reject);
      request.end(gzipSync(JSON.stringify(bookingBody())));
    });
    expect(gzip).toBe(202);
    expect((await raw(`\ufeff${JSON.stringify(bookingBody())}`, json)).status).toBe(202);
    expect(
      (await raw(JSON.stringify(bookingBody()), { 'content-type': 'Application/JSON; charset=UTF-8' }))
        .status,
    ).toBe(202);
    for (const charset of ['utf8', '"utf-8"', 'UTF8']) {
      const answer = await raw(JSON.stringify(bookingBody()), {
        'content-type': `application/json; charset=${charset}`,
      });
      expect(answer.status).toBe(202);
    }
  });
});

describe('the confirmation', () => {
  it('PRV-11 shows the state of the mail and a hint of the address, nothing else', async () => {
    const body = bookingBody({ email: `felt.${randomUUID().slice(0, 8)}@example.com` });
    const { body: accepted } = await post(body);
    const answer = await api().get(`/confirmations/${accepted.masked_ref}`);
    expect(answer.body).toEqual({
      state: 'pending',
      email_hint: 'f•••@example.com',
      received_at: accepted.received_at,
    });
    const page = await api().get(`/confirmation/${accepted.masked_ref}`);
    expect(page.status).toBe(200);
    expect(page.text).toContain('f•••@example.com');
    expect(page.text).not.toContain(String(body.email));
    expect(page.text).not.toContain('Nordmann');
  });

  it('is a 404 for an unknown reference, whatever its shape', async () => {
    for (const ref of ['1'.repeat(22), 'x', '%00', "'--", '1'.repeat(3000)]) {
      const answer = await api().get(`/confirmations/${ref}`);
      expect([answer.status, answer.headers['content-type']]).toEqual([
        404,
        'application/problem+json; charset=utf-8',
      ]);
    }
  });
});

describe('health', () => {
  it('names each dependency', async () => {
    const answer = await api().get('/readyz');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'ready', checks: { database: 'up', broker: 'up' } });
    expect((await api().get('/healthz')).body).toEqual({ status: 'ok' });
  });
});
