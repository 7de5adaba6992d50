import { recordBooking } from '@meander/bookings';
import { createId, parseBooking, syntheticDomain } from '@meander/lead';
import { bookingBody } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

const enter = (overlay: Record<string, unknown> = {}) =>
  rig
    .api()
    .post('/leads')
    .send(bookingBody({ source: 'event', ...overlay }));
const correct = (id: string, body: object, headers: Record<string, string> = {}) =>
  rig.api().patch(`/leads/${id}`).set(headers).send(body);
const timelineOf = async (id: string) => (await rig.api().get(`/leads/${id}/timeline`)).body.items;

/** A visitor's booking, written by intake's own role, as intake does. */
async function book(overlay: Record<string, unknown>) {
  const body = bookingBody(overlay);
  const parsed = parseBooking(body, { locale: 'nb', phoneRegion: 'NO' });
  if (!parsed.ok) throw new Error('the test books what is not valid');
  const { attribution, ...contact } = parsed.value;
  return rig.db.transaction(async (trx) => {
    await trx.raw('SET LOCAL ROLE meander_intake');
    return recordBooking(trx, {
      contact,
      fields: body,
      attribution,
      ipAddress: '192.0.2.7',
      service: 'intake',
    });
  });
}

describe('a lead that sales enters', () => {
  it('is made with its source, told with who did it, and asks for no mail', async () => {
    const answer = await enter({ email: ' Anne@Example.com ', phone: '406 12 345' });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ location: `/leads/${answer.body.id}`, etag: '"1"' });
    expect(answer.body).toMatchObject({
      email: 'anne@example.com',
      phone: '+4740612345',
      source: 'event',
      status: 'new',
    });
    const [event] = await rig.eventsOf(answer.body.id);
    expect(event).toMatchObject({
      type: 'LeadCreated',
      event: { source: '/meander/pipeline', data: { submission_id: null, entered_by: rig.actor } },
    });
  });

  it('updates a known one, which keeps its source, status and reference', async () => {
    const known = await rig.lead({ status: 'qualified', notes: 'gammelt', phone: '+4740612345' });
    const answer = await enter({ email: known.email, notes: 'nytt', phone: '' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id: known.id,
      masked_ref: known.masked_ref,
      source: 'website',
      status: 'qualified',
      notes: 'nytt',
      phone: '+4740612345',
      booking_count: 2,
      version: 2,
    });
  });

  it.each([
    ['source', { source: undefined }, 'required_fields_present'],
    ['source', { source: 'rumour' }, 'source_enum_constraint'],
    ['status', { status: 'lost' }, 'unknown_field'],
    ['id', { id: createId() }, 'unknown_field'],
    ['email', { email: 'kari' }, 'email_format'],
  ])('is refused with 422 by the rule of %s', async (field, overlay, rule) => {
    const answer = await enter(overlay);
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([{ field, rule, message: expect.any(String) }]);
  });

  it('is taken with any locale, and what is kept holds the fields that were judged alone', async () => {
    const nested = `${'['.repeat(7_000)}${']'.repeat(7_000)}`;
    for (const locale of ['"\\u0000"', '"\\ud800"', '{"a\\u0000":1}', nested, '"nb-NO"']) {
      const body = bookingBody({ source: 'event', locale: 'LOCALE', phone: null });
      const answer = await rig
        .api()
        .post('/leads')
        .type('json')
        .send(JSON.stringify(body).replace('"LOCALE"', locale));
      expect([answer.status, answer.body.locale]).toEqual([201, null]);
      const { locale: _locale, phone: _phone, ...typed } = body;
      const [{ fields }] = await rig.db('intake.submissions').where({ lead_id: answer.body.id });
      expect(fields).toEqual(typed);
    }
    const { body } = await enter({ email: 'tospraklig@example.com', locale: 'en' });
    const [{ fields }] = await rig.db('intake.submissions').where({ lead_id: body.id });
    expect(fields).toMatchObject({ locale: 'en', source: 'event' });
  });

  it('is one lead for twenty at one instant', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => enter({ email: 'samtidig@example.com' })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(19);
    expect(await rig.db('leads').where({ email: 'samtidig@example.com' }).pluck('booking_count')).toEqual([
      20,
    ]);
  });
});

describe('a correction', () => {
  it('changes the given fields alone, clears by null, and names who did it', async () => {
    const lead = await rig.lead({ phone: '+4740612345', notes: 'hemmelig-notat' });
    const answer = await correct(lead.id, { first_name: 'Åse', phone: null });
    expect(answer.status).toBe(200);
    expect(answer.headers.etag).toBe('"2"');
    expect(answer.body).toMatchObject({
      first_name: 'Åse',
      phone: null,
      notes: 'hemmelig-notat',
      version: 2,
    });
    const [change] = await rig.db('lead_changes').where({ lead_id: lead.id });
    expect(change).toMatchObject({
      changed_by: rig.actor,
      changes: {
        first_name: { before: 'Kari', after: 'Åse' },
        phone: { before: '+4740612345', after: null },
      },
    });
    const [event] = await rig.eventsOf(lead.id);
    expect(event.event.data).toEqual({
      version: 2,
      fields: ['first_name', 'phone'],
      updated_at: answer.body.updated_at,
      updated_by: rig.actor,
    });
  });

  it('that changes nothing raises no version and tells nobody', async () => {
    const lead = await rig.lead();
    const answer = await correct(lead.id, { first_name: ' Kari ', phone: null });
    expect([answer.status, answer.body.version]).toEqual([200, 1]);
    expect((await correct(lead.id, {})).status).toBe(200);
    expect(await rig.eventsOf(lead.id)).toEqual([]);
  });

  it.each(['id', 'masked_ref', 'created_at', 'email', 'status', 'source', 'version', 'search_text'])(
    'of %s is refused, and changes nothing',
    async (field) => {
      const lead = await rig.lead();
      const answer = await correct(lead.id, { first_name: 'Ny', [field]: 'x' });
      expect(answer.status).toBe(422);
      expect(answer.body.errors).toEqual([{ field, rule: 'unknown_field', message: expect.any(String) }]);
      expect((await rig.row(lead.id)).first_name).toBe('Kari');
    },
  );

  it('of a required field to nothing is refused', async () => {
    const lead = await rig.lead();
    const answer = await correct(lead.id, { last_name: ' ', notes: 'x'.repeat(5001) });
    expect(answer.body.errors.map(({ rule }: { rule: string }) => rule)).toEqual([
      'required_fields_present',
      'notes_length_limit',
    ]);
  });

  it('under If-Match is refused with 412 once the lead has changed', async () => {
    const lead = await rig.lead();
    expect((await correct(lead.id, { notes: 'a' }, { 'if-match': '"1"' })).status).toBe(200);
    expect((await correct(lead.id, { notes: 'b' }, { 'if-match': '"1"' })).status).toBe(412);
    expect((await rig.row(lead.id)).notes).toBe('a');
  });

  it('of an unknown lead is 404', async () => {
    expect((await correct(createId(), { notes: 'a' })).status).toBe(404);
    expect((await correct('x', { notes: 'a' })).status).toBe(404);
  });
});

describe('PIP-15 a booking and a move at one instant', () => {
  it('leave both the new status and the new notes, every time', async () => {
    for (let round = 0; round < 10; round += 1) {
      const lead = await rig.lead();
      const [moved] = await Promise.all([
        rig.api().post(`/leads/${lead.id}/transitions`).send({ to: 'contacted' }),
        book({ email: lead.email, notes: 'ny melding' }),
      ]);
      expect(moved.status).toBe(200);
      expect(await rig.row(lead.id)).toMatchObject({ status: 'contacted', notes: 'ny melding', version: 3 });
    }
  });
});

describe('twenty people who move one lead to anywhere at one instant', () => {
  it('make a history without a gap, of exactly the moves that were confirmed', async () => {
    const lead = await rig.lead();
    const targets = ['contacted', 'qualified', 'demo_scheduled', 'lost', 'converted'];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        rig
          .api()
          .post(`/leads/${lead.id}/transitions`)
          .send({ to: targets[n % targets.length] }),
      ),
    );
    const confirmed = answers.filter(({ status }) => status === 200);
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    const history = await rig.db('pipeline.transitions').where({ lead_id: lead.id }).orderBy('lead_version');
    const row = await rig.row(lead.id);
    expect(history.map(({ to_status }) => to_status)).toEqual(
      confirmed.sort((a, b) => a.body.version - b.body.version).map(({ body }) => body.status),
    );
    expect(history.map(({ from_status }) => from_status)).toEqual([
      'new',
      ...history.slice(0, -1).map(({ to_status }) => to_status),
    ]);
    expect([row.status, row.version]).toEqual([history.at(-1).to_status, history.length + 1]);
    const told = (await rig.eventsOf(lead.id)).map(({ event }) => event.data.to);
    expect(told).toEqual(history.map(({ to_status }) => to_status));
  });
});

describe('an id in capitals', () => {
  it('is the same lead, and stands in history and events as it always does', async () => {
    const lead = await rig.lead();
    const id = lead.id.toUpperCase();
    expect((await rig.api().post(`/leads/${id}/transitions`).send({ to: 'contacted' })).status).toBe(200);
    expect((await correct(id, { notes: 'a' })).status).toBe(200);
    const events = await rig.eventsOf(lead.id);
    expect(events.map(({ event }) => event.subject)).toEqual([lead.id, lead.id]);
  });
});

describe('the outcome of a final move', () => {
  it('is kept: a reason from the list, a value', async () => {
    const [lost, converted] = [await rig.lead(), await rig.lead()];
    const move = (id: string, body: object) => rig.api().post(`/leads/${id}/transitions`).send(body);
    expect((await move(lost.id, { to: 'lost', reason_code: 'no_budget', reason: 'Neste år' })).status).toBe(
      200,
    );
    expect((await move(converted.id, { to: 'converted', value_nok: 12_500.5 })).status).toBe(200);
    const rows = await rig
      .db('pipeline.transitions')
      .whereIn('lead_id', [lost.id, converted.id])
      .orderBy('to_status');
    expect(rows).toMatchObject([{ value_nok: '12500.50' }, { reason_code: 'no_budget', reason: 'Neste år' }]);
  });

  it.each([
    [{ to: 'lost', reason_code: 'because' }, ['reason_code', 'lost_reason_enum_constraint']],
    [{ to: 'contacted', reason_code: 'other' }, ['reason_code', 'unknown_field']],
    [{ to: 'converted', value_nok: -1 }, ['value_nok', 'deal_value_range']],
    [{ to: 'converted', value_nok: '100' }, ['value_nok', 'deal_value_range']],
    [{ to: 'converted', value_nok: 0.001 }, ['value_nok', 'deal_value_range']],
    [{ to: 'converted', value_nok: 1e30 }, ['value_nok', 'deal_value_range']],
    [{ to: 'lost', value_nok: 100 }, ['value_nok', 'unknown_field']],
  ])('is refused: %o', async (body, [field, rule]) => {
    const lead = await rig.lead();
    const answer = await rig.api().post(`/leads/${lead.id}/transitions`).send(body);
    expect([answer.status, answer.body.errors]).toEqual([
      422,
      [{ field, rule, message: expect.any(String) }],
    ]);
  });
});

describe('the timeline', () => {
  it('tells bookings, what they overwrote, corrections, moves and mails, in order, with who', async () => {
    const email = `${createId()}@example.com`;
    const { lead } = await book({ email, first_name: 'Berit' });
    await book({ email, first_name: 'X' });
    await rig.api().post(`/leads/${lead.id}/transitions`).send({ to: 'contacted', reason: 'Ringte' });
    await correct(lead.id, { notes: 'Ring igjen' });
    const event_id = createId();
    await rig.db('notification.deliveries').insert({
      ...{ id: createId(), event_id, lead_id: lead.id, template: 'confirmation', message_id: event_id },
      ...{ state: 'failed', last_response_code: 550, last_response: `550 <${email}>: user unknown` },
    });

    const items = await timelineOf(lead.id);
    expect(items.map(({ kind, who }: { kind: string; who: { id: string } }) => [kind, who.id])).toEqual([
      ['submission', 'visitor'],
      ['submission', 'visitor'],
      ['edit', 'visitor'],
      ['transition', rig.actor],
      ['edit', rig.actor],
      ['mail', 'notification'],
    ]);
    expect(items[0]).toMatchObject({ version: 1, fields: { first_name: 'Berit', email } });
    expect(items[2].changes.first_name).toEqual({ before: 'Berit', after: 'X' });
    expect(items[3]).toMatchObject({
      ...{ from_status: 'new', to_status: 'contacted', reason: 'Ringte', version: 3 },
      who: { id: rig.actor, name: 'test' },
    });
    expect(items[5]).toMatchObject({ template: 'confirmation', state: 'failed', last_response_code: 550 });
    const times = items.map(({ at }: { at: string }) => at);
    expect(times).toEqual([...times].sort());
  });

  it('of an unknown lead is 404', async () => {
    expect((await rig.api().get(`/leads/${createId()}/timeline`)).status).toBe(404);
  });
});

describe('a made-up lead of the doctor or the canary', () => {
  const demo = { demo_at: '2027-03-26T13:00:00+01:00' };

  it.each([
    ['get', '', undefined],
    ['get', '/transitions', undefined],
    ['get', '/timeline', undefined],
    ['get', '/personal-data', undefined],
    ['get', '/demo', undefined],
    ['patch', '', { notes: 'ny' }],
    ['post', '/restore', { version: 2 }],
    ['post', '/transitions', { to: 'lost' }],
    ['put', '/demo', demo],
    ['delete', '/demo', undefined],
    ['delete', '', undefined],
  ] as const)(
    'is none for sales: %s /leads/ID%s is 404, and it stays as it is',
    async (method, path, body) => {
      const { id } = await rig.lead({ status: 'demo_scheduled' });
      // One that has everything a lead can have, so that nothing else makes it 404.
      await rig.api().put(`/leads/${id}/demo`).send(demo);
      await correct(id, { notes: 'gammelt' });
      await rig.db('synthetic_leads').insert({ lead_id: id });
      const told = async () => (await rig.eventsOf(id)).map(({ type }) => type);
      const [row, events] = [await rig.row(id), await told()];
      const answer = await rig.api()[method](`/leads/${id}${path}`).send(body);
      expect([answer.status, answer.body.type]).toEqual([404, 'urn:meander:problem:not-found']);
      expect(await rig.row(id)).toEqual(row);
      expect(await told()).toEqual(events);
    },
  );

  it('has no page on the board either', async () => {
    const { id } = await rig.lead({ email: `${createId()}@${syntheticDomain}` });
    const person = await rig.person();
    expect((await person.get(`/board/leads/${id}`)).status).toBe(404);
    for (const [path, fields] of [
      ['edit', { notes: 'ny', version: '1' }],
      ['restore', { version: '1', of: '1' }],
      ['erase', { confirm: 'yes' }],
      ['move', { from: 'new', to: 'contacted' }],
      ['demo', { from: 'demo_scheduled', demo_at: '2027-03-26T13:00' }],
      ['demo/cancel', { seen: '0' }],
    ] as const)
      expect([path, (await person.post(`/board/leads/${id}/${path}`, fields)).status]).toEqual([path, 404]);
    expect((await rig.row(id)).version).toBe(1);
  });
});

describe('PRV-15 what a stranger has overwritten', () => {
  const restore = (id: string, body: object, headers: Record<string, string> = {}) =>
    rig.api().post(`/leads/${id}/restore`).set(headers).send(body);
  const overwritten = async () => {
    const email = `${createId()}@example.com`;
    const { lead } = await book({ email, first_name: 'Berit', phone: '406 12 345' });
    await book({ email, first_name: 'X', phone: '412 34 567' });
    return lead.id;
  };

  it('is put back in one call: a field, or all that one booking has changed', async () => {
    const id = await overwritten();
    const one = await restore(id, { version: 2, fields: ['phone'] });
    expect([one.status, one.body.phone, one.body.first_name]).toEqual([200, '+4740612345', 'X']);
    const all = await restore(id, { version: 2 });
    expect(all.body).toMatchObject({ phone: '+4740612345', first_name: 'Berit', version: 4 });
    expect((await timelineOf(id)).at(-1)).toMatchObject({ kind: 'edit', who: { id: rig.actor }, version: 4 });
    const submissions = await rig.db('intake.submissions').where({ lead_id: id }).orderBy('received_at');
    expect(submissions.map(({ ip_address, fields }) => [ip_address, fields.first_name])).toEqual([
      ['192.0.2.7', 'Berit'],
      ['192.0.2.7', 'X'],
    ]);
  });

  it.each([
    ['a version that overwrote nothing', { version: 9 }, 404],
    ['a field that it has not overwritten', { version: 2, fields: ['notes'] }, 404],
    ['a field that is none', { version: 2, fields: ['__proto__'] }, 404],
    ['no version', {}, 422],
    ['a version that is no number', { version: '2' }, 422],
    ['fields that are no list', { version: 2, fields: 'phone' }, 422],
    ['something else', { version: 2, field: 'phone' }, 422],
  ])('is not put back for %s', async (_what, body, status) => {
    const id = await overwritten();
    expect((await restore(id, body)).status).toBe(status);
    expect((await rig.row(id)).first_name).toBe('X');
  });

  it('is not put back over what somebody has changed meanwhile, under If-Match', async () => {
    const id = await overwritten();
    expect((await restore(id, { version: 2 }, { 'if-match': '"1"' })).status).toBe(412);
  });
});
