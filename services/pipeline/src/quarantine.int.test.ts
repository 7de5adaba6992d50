import { createId, createMaskedRef } from '@meander/lead';
import { bookingBody } from '@meander/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.db('intake.quarantine').delete());

/** A suspect submission, as intake leaves it. */
async function hold(overlay: Record<string, unknown> = {}, row: Record<string, unknown> = {}) {
  const held = {
    id: createId(),
    received_at: new Date('2026-03-01T10:00:00.123Z'),
    reason: 'too-fast',
    fields: JSON.stringify(bookingBody(overlay)),
    attribution: JSON.stringify({ utm_source: 'nyhetsbrev', strange: 1 }),
    ip_address: '192.0.2.9',
    masked_ref: createMaskedRef(),
    ...row,
  };
  await rig.db('intake.quarantine').insert(held);
  return held;
}

const release = (id: string) => rig.api().post(`/quarantine/${id}/release`).send();
const show = (query: Record<string, unknown> = {}) => rig.api().get('/quarantine').query(query);
const idsOf = (answer: { body: { items: { id: string }[] } }) => answer.body.items.map(({ id }) => id);

describe('a release', () => {
  it('makes the lead that the visitor’s reference already opens, with submission and event', async () => {
    const held = await hold({ email: ' Ny@Example.com', phone: '406 12 345' });
    const answer = await release(held.id);
    expect(answer.status).toBe(200);
    expect(answer.headers.location).toBe(`/leads/${answer.body.id}`);
    expect(answer.body).toMatchObject({
      ...{ email: 'ny@example.com', phone: '+4740612345', masked_ref: held.masked_ref, status: 'new' },
      ...{ source: 'website', created_at: held.received_at.toISOString(), version: 1, booking_count: 1 },
      last_booked_at: held.received_at.toISOString(),
    });
    const [submission] = await rig.db('intake.submissions').where({ lead_id: answer.body.id });
    expect(submission).toMatchObject({
      ...{ received_at: held.received_at, ip_address: '192.0.2.9', entered_by: null },
      attribution: { utm_source: 'nyhetsbrev' },
      fields: { email: ' Ny@Example.com' },
    });
    const [event] = await rig.eventsOf(answer.body.id);
    expect(event).toMatchObject({ type: 'LeadCreated', event: { data: { submission_id: submission.id } } });
    const row = await rig.db('intake.quarantine').where({ id: held.id }).first();
    expect(row).toMatchObject({ released_by: rig.actor, lead_id: answer.body.id });
  });

  it('updates a known lead, which keeps its reference and its times', async () => {
    const known = await rig.lead({ status: 'qualified' });
    const held = await hold({ email: known.email, first_name: 'Ny' });
    const { body } = await release(held.id);
    expect(body).toMatchObject({
      id: known.id,
      masked_ref: known.masked_ref,
      first_name: 'Ny',
      booking_count: 2,
    });
    const before = await rig.row(known.id);
    expect(new Date(body.last_booked_at).getTime()).toBeGreaterThan(held.received_at.getTime());
    expect(before.status).toBe('qualified');
    const [change] = await rig.db('lead_changes').where({ lead_id: known.id });
    expect(change.changed_by).toBe(rig.actor);
    expect((await rig.eventsOf(known.id))[0].type).toBe('LeadRebooked');
  });

  it('by two at once happens once', async () => {
    const held = await hold();
    const answers = await Promise.all(Array.from({ length: 6 }, () => release(held.id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.body.type).toBe('urn:meander:problem:released-before');
    expect(await rig.db('leads').where({ masked_ref: held.masked_ref }).pluck('booking_count')).toEqual([1]);
  });

  it('of what breaks a rule is 422 with the rules, and leaves it held', async () => {
    const held = await hold({ email: 'kari', first_name: '' });
    const answer = await release(held.id);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map(({ rule }: { rule: string }) => rule)).toEqual([
      'required_fields_present',
      'email_format',
    ]);
    expect(idsOf(await show())).toEqual([held.id]);
  });

  it('of an unknown one is 404', async () => {
    expect((await release(createId())).status).toBe(404);
    expect((await release('x')).status).toBe(404);
  });

  it('needs leads:write', async () => {
    const held = await hold();
    const { authorization } = await rig.keyFor(['leads:read']);
    const answer = await rig.anonymous().post(`/quarantine/${held.id}/release`).set({ authorization });
    expect(answer.status).toBe(403);
  });
});

describe('the quarantine', () => {
  it('shows what is held, newest first, page by page, or what was released', async () => {
    const [a, b, c] = [
      await hold({}, { received_at: '2026-01-01T00:00:00.000001Z' }),
      await hold({}, { received_at: '2026-01-01T00:00:00.000002Z' }),
      await hold({}, { received_at: '2026-01-02' }),
    ];
    await release(c.id);
    const first = await show({ limit: 1 });
    expect(idsOf(first)).toEqual([b.id]);
    expect(first.body.items[0]).toMatchObject({
      reason: 'too-fast',
      released_at: null,
      ip_address: '192.0.2.9',
    });
    expect(first.body.items[0]).not.toHaveProperty('masked_ref');
    const second = await show({ limit: 1, cursor: first.body.next_cursor });
    expect([idsOf(second), second.body.next_cursor]).toEqual([[a.id], null]);
    expect(idsOf(await show({ state: 'released' }))).toEqual([c.id]);
    expect(idsOf(await show({ state: 'all' }))).toEqual([c.id, b.id, a.id]);
  });

  it.each([
    ['state', { state: 'open' }],
    ['limit', { limit: 201 }],
    ['cursor', { cursor: 'x' }],
    ['status', { status: 'new' }],
  ])('is a 400 that names %s', async (parameter, query) => {
    const answer = await show(query);
    expect([answer.status, answer.body.parameter]).toEqual([400, parameter]);
  });

  it('is closed without a key', async () => {
    expect((await rig.anonymous().get('/quarantine')).status).toBe(401);
  });
});
