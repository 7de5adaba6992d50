import { randomUUID } from 'node:crypto';
import { bookingBody, type Stack, waitUntil } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { besidesIds, type IntakeFixture, startIntake } from './intake.fixture.test.ts';

let intake: IntakeFixture;
let stack: Stack;
/** How often intake has asked for the time: twice for each post, when it came and when it was read. */
let readings = 0;

beforeAll(async () => {
  intake = await startIntake(
    {},
    {
      now: () => {
        readings += 1;
        return new Date();
      },
    },
  );
  ({ stack } = intake);
});

afterAll(() => intake.stop());

const unique = () => randomUUID().slice(0, 8);

/** Posts one body for each email, one after the other; tells the statuses. */
async function postEach(...bodies: Record<string, unknown>[]) {
  const answers = [];
  for (const body of bodies) answers.push(await intake.post(bookingBody(body)));
  return answers;
}

const leadsLike = (pattern: string) => stack.db('leads').whereLike('email', pattern);

describe('one person, several spellings', () => {
  it('DED-03 DED-11 refuses letters beyond ASCII before the @, in every form', async () => {
    const name = unique();
    const emails = [
      `kåre.${name}@example.com`,
      `ka\u030Are.${name}@example.com`,
      `\u0130lker.${name}@example.com`,
      `I\u0307lker.${name}@example.com`,
    ];
    const answers = await postEach(...emails.map((email) => ({ email })));
    for (const { status, body } of answers)
      expect([status, body.errors[0].rule]).toEqual([422, 'email_format']);
    expect(await leadsLike(`%${name}%`)).toEqual([]);
  });

  it('DED-05 takes a domain and its punycode for one', async () => {
    const name = unique();
    await postEach(
      { email: `${name}@blåbær.example.org` },
      { email: `${name}@xn--blbr-roah.example.org` },
      { email: `${name}@BLÅBÆR.example.ORG` },
    );
    expect(await leadsLike(`${name}@%`).select('email', 'booking_count')).toEqual([
      { email: `${name}@xn--blbr-roah.example.org`, booking_count: 3 },
    ]);
  });

  it('DED-07 takes plus tags and dots for different mailboxes', async () => {
    const name = unique();
    await postEach(
      { email: `${name}+demo@example.com` },
      { email: `${name}@example.com` },
      { email: `${name.slice(0, 4)}.${name.slice(4)}@example.com` },
    );
    expect(await leadsLike(`${name.slice(0, 4)}%`).pluck('email')).toHaveLength(3);
  });

  it('DED-09 does not take the Kelvin sign for a k', async () => {
    const name = unique();
    const email = `kari.${name}@example.com`;
    const [, attack] = await postEach(
      { email, notes: '' },
      { email: `\u212Aari.${name}@example.com`, first_name: 'Angriper', notes: 'overskrevet' },
    );
    expect(attack?.status).toBe(422);
    expect(await leadsLike(`%${name}%`)).toMatchObject([
      { email, first_name: 'Kari', notes: null, booking_count: 1 },
    ]);
  });

  it('DED-13 takes two posts at one instant for one lead, without an error, and asks for one mail', async () => {
    const body = bookingBody();
    const gate = await stack.db.transaction();
    await gate.raw('LOCK TABLE leads IN SHARE MODE');
    readings = 0;
    const posts = [intake.post(body), intake.post(body)];
    await waitUntil('both have come', () => readings === 4);
    await gate.commit();
    const answers = await Promise.all(posts);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(answers[0]?.body.masked_ref).toBe(answers[1]?.body.masked_ref);
    const lead = await intake.leadOf(String(body.email));
    expect(lead).toMatchObject({ booking_count: 2, version: 2 });
    const events = await stack.db('messaging.outbox').where({ subject: lead.id }).orderBy('id');
    expect(events.map(({ type, event }) => [type, event.data.repeated])).toEqual([
      ['LeadCreated', undefined],
      ['LeadRebooked', true],
    ]);
  });

  it('asks for a mail each where the same comes again after the answer', async () => {
    const body = bookingBody();
    await intake.post(body);
    await intake.post(body);
    const { id } = await intake.leadOf(String(body.email));
    const events = await stack.db('messaging.outbox').where({ subject: id }).orderBy('id');
    expect(events.map(({ event }) => event.data.repeated)).toEqual([undefined, undefined]);
  });

  it('HTT-23 takes the last of two members of one name, everywhere', async () => {
    const name = unique();
    const body = bookingBody({ email: `a.${name}@example.com` });
    const json = `${JSON.stringify(body).slice(0, -1)},"email":"b.${name}@example.com"}`;
    const answer = await intake
      .api()
      .post('/leads')
      .set({ 'x-forwarded-for': intake.freshAddress(), 'content-type': 'application/json' })
      .serialize((text) => text)
      .send(json);
    expect(answer.status).toBe(202);
    const [lead, ...others] = await leadsLike(`%${name}%`);
    expect([lead.email, others]).toEqual([`b.${name}@example.com`, []]);
    const [submission] = await stack.db('intake.submissions').where({ lead_id: lead.id });
    expect(submission.fields.email).toBe(`b.${name}@example.com`);
  });

  it('DED-19 keeps id, creation time and reference through an update', async () => {
    const body = bookingBody();
    const first = await intake.post(body);
    const before = await intake.leadOf(String(body.email));
    await intake.post({ ...body, role_title: 'daglig leder' });
    const after = await intake.leadOf(String(body.email));
    expect(after).toMatchObject({
      id: before.id,
      created_at: before.created_at,
      masked_ref: before.masked_ref,
    });
    expect(Number(after.updated_at)).toBeGreaterThan(Number(before.updated_at));
    expect((await intake.api().get(`/confirmation/${first.body.masked_ref}`)).status).toBe(200);
  });
});

describe('the client address', () => {
  it('RAT-07 is the proxy’s entry, whatever the client wrote before it', async () => {
    const answers = [];
    for (let n = 1; n <= 6; n += 1) {
      const body = bookingBody();
      answers.push(await intake.post(body, { from: `198.51.100.${n}, 203.0.113.16` }));
      if (n < 6)
        expect(await intake.leadOf(String(body.email))).toMatchObject({ ip_address: '203.0.113.16' });
    }
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 429]);
  });

  it('RAT-09 cannot be used up for a victim', async () => {
    for (let n = 1; n <= 8; n += 1) await intake.post({}, { from: '203.0.113.50, 198.51.100.9' });
    expect((await intake.post(bookingBody(), { from: '203.0.113.50' })).status).toBe(202);
  });

  it.each(['unknown', '', 'a b c', '999.1.1.1', '[::1', '::ffff:999.1.1.1', '%00', `${'9'.repeat(2000)}`])(
    'RAT-19 is the socket’s where a proxy passes on %j, and never an error',
    async (from) => {
      const body = bookingBody();
      const { status } = await intake.post(body, { from });
      // They all count for the proxy itself, so the limit may answer.
      expect([202, 429]).toContain(status);
      if (status === 202)
        expect(await intake.leadOf(String(body.email))).toMatchObject({ ip_address: '127.0.0.1' });
    },
  );
});

describe('privacy', () => {
  it('PRV-07 gives references that cannot be guessed', async () => {
    const refs = new Set<string>();
    for (const answer of await Promise.all(Array.from({ length: 20 }, () => intake.post(bookingBody()))))
      refs.add(answer.body.masked_ref);
    expect(refs.size).toBe(20);
    for (const ref of refs) expect(ref).toMatch(/^[1-9A-HJ-NP-Za-km-z]{22}$/);
    expect(new Set([...refs].map((ref) => ref.slice(0, 3))).size).toBeGreaterThan(15);
  });

  it('PRV-09 changes nothing when a scanner opens the link first', async () => {
    const body = bookingBody();
    const { body: accepted } = await intake.post(body);
    const before = await intake.leadOf(String(body.email));
    const path = `/confirmation/${accepted.masked_ref}`;
    expect((await intake.api().head(path)).status).toBe(200);
    expect((await intake.api().get(path).set('user-agent', 'scanner')).status).toBe(200);
    expect((await intake.api().get(path).set('user-agent', 'Mozilla/5.0')).status).toBe(200);
    expect(await intake.leadOf(String(body.email))).toEqual(before);
  });

  it('PRV-15 keeps both versions when a stranger posts a known address, and shows the stranger neither', async () => {
    const body = bookingBody({ first_name: 'Berit', phone: '406 12 345' });
    await intake.post(body, { from: '203.0.113.150' });
    const answer = await intake.post(
      { ...body, first_name: 'X', phone: '412 34 567' },
      { from: '198.51.100.200' },
    );
    expect(besidesIds(answer.body)).not.toMatch(/Berit|406/);
    const { id } = await intake.leadOf(String(body.email));
    const submissions = await stack.db('intake.submissions').where({ lead_id: id }).orderBy('received_at');
    expect(
      submissions.map(({ fields, ip_address }) => [fields.first_name, fields.phone, ip_address]),
    ).toEqual([
      ['Berit', '406 12 345', '203.0.113.150'],
      ['X', '412 34 567', '198.51.100.200'],
    ]);
    const [change] = await stack.db('lead_changes').where({ lead_id: id });
    expect(change).toMatchObject({
      version: submissions[1].lead_version,
      changed_by: 'meander_intake',
      changes: {
        first_name: { before: 'Berit', after: 'X' },
        phone: { before: '+4740612345', after: '+4741234567' },
      },
    });
  });
});
