import { createId } from '@meander/lead';
import { beginErasure, bookingBody, type Stack } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IntakeFixture, startIntake } from './intake.fixture.test.ts';

let intake: IntakeFixture;
let stack: Stack;

beforeAll(async () => {
  intake = await startIntake();
  ({ stack } = intake);
});
afterAll(() => intake.stop());

const ownPage = { 'sec-fetch-site': 'same-origin' };
const resend = (ref: string, headers: Record<string, string> = ownPage) =>
  intake.api().post(`/confirmation/${ref}/resend`).set(headers).type('form').send({});
const pageOf = async (ref: string) => (await intake.api().get(`/confirmation/${ref}`)).text;
const stateOf = async (ref: string) => (await intake.api().get(`/confirmations/${ref}`)).body.state;
const requests = (leadId: string) =>
  stack.db('messaging.outbox').where({ subject: leadId, type: 'ConfirmationRequested' });

/** A booking whose mail has come so far. */
async function booked(state: string, overlay: Record<string, unknown> = {}) {
  const body = bookingBody();
  const { body: accepted } = await intake.post(body);
  const { id } = await intake.leadOf(String(body.email));
  const deliver = (as: string) =>
    stack.db('notification.deliveries').insert({
      id: createId(),
      event_id: createId(),
      lead_id: id,
      template: 'confirmation',
      message_id: `<${createId()}@example.com>`,
      state: as,
      ...overlay,
    });
  await deliver(state);
  return { id, ref: String(accepted.masked_ref), body, deliver };
}

const button = 'Send bekreftelsen på nytt';

describe('a confirmation that did not come', () => {
  it('is sent once more, once for a booking, however many ask at once', async () => {
    const { id, ref } = await booked('sent');
    expect(await pageOf(ref)).toContain(button);
    const answers = await Promise.all([resend(ref), resend(ref), resend(ref)]);
    for (const answer of answers) {
      expect(answer.status).toBe(303);
      expect(answer.headers.location).toBe(`http://localhost:3001/confirmation/${ref}`);
    }
    await resend(ref);
    const [event, ...more] = await requests(id);
    expect(more).toEqual([]);
    expect(event.routing_key).toBe('lead.confirmation_requested');
    expect(Object.keys(event.event.data).sort()).toEqual(['booking_count', 'requested_at', 'version']);
    const page = await pageOf(ref);
    expect(page).not.toContain(button);
    expect(page).toContain('en gang til');
    expect(await stateOf(ref)).toBe('pending');
  });

  it('can be asked for again after another booking', async () => {
    const { id, ref, body, deliver } = await booked('sent');
    await resend(ref);
    await intake.post(body);
    await deliver('sent');
    expect(await pageOf(ref)).toContain(button);
    await resend(ref);
    expect(await requests(id)).toHaveLength(2);
  });

  it.each(['pending', 'sending', 'retrying', 'suppressed'])(
    'is not asked for while it is %s',
    async (state) => {
      const { id, ref } = await booked(state);
      expect(await pageOf(ref)).not.toContain(button);
      expect((await resend(ref)).status).toBe(303);
      expect(await requests(id)).toEqual([]);
    },
  );

  it('is answered alike for what nobody knows and for what is held', async () => {
    const { body: held } = await intake.post(bookingBody({ homepage: 'x' }));
    const { ref } = await booked('sent');
    const before = await stack.db('intake.resends');
    for (const asked of [ref, held.masked_ref, '1111111111111111111111', 'x%22%3E']) {
      const answer = await resend(asked);
      expect([answer.status, answer.headers.location]).toEqual([
        303,
        `http://localhost:3001/confirmation/${asked}`,
      ]);
    }
    expect(await stack.db('intake.resends')).toHaveLength(before.length + 1);
  });

  it('is answered as for an unknown reference where its lead is erased meanwhile', async () => {
    const { id, ref } = await booked('sent');
    const erasure = await beginErasure(stack.db, id);
    const [answer] = await Promise.all([resend(ref), erasure.commitOnceAwaited()]);
    expect(answer.status).toBe(303);
    expect(await requests(id)).toEqual([]);
  });

  it('is asked for from its own page alone, and costs no attempt', async () => {
    const { id, ref } = await booked('sent');
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://elsewhere.example' }, {}]) {
      expect((await resend(ref, headers as Record<string, string>)).status).toBe(403);
    }
    expect(await requests(id)).toEqual([]);
    const from = intake.freshAddress();
    for (let time = 0; time < 8; time += 1) {
      expect((await resend(ref, { ...ownPage, 'x-forwarded-for': from })).status).toBe(303);
    }
    expect((await intake.post(bookingBody(), { from })).headers.ratelimit).toContain('r=4');
  });
});

/** Its address is known, and sales has released it to that lead. */
async function released(state: string) {
  const lead = await booked('sent');
  const { body } = await intake.post({ ...lead.body, homepage: 'x' });
  const ref = String(body.masked_ref);
  const before = await stateOf(ref);
  const release = { released_at: stack.db.raw('clock_timestamp()'), lead_id: lead.id };
  await stack.db('intake.quarantine').where({ masked_ref: ref }).update(release);
  await lead.deliver(state);
  return { ...lead, ref, leadRef: lead.ref, before, receivedAt: body.received_at };
}

describe('the confirmation of a submission that was released to a known lead', () => {
  it.each(['pending', 'sent', 'failed'])('is %s once the newest mail to that lead is', async (state) => {
    const { ref, before, receivedAt, body } = await released(state);
    expect(before).toBe('pending');
    const email = String(body.email);
    expect((await intake.api().get(`/confirmations/${ref}`)).body).toEqual({
      state,
      email_hint: `${email[0]}•••${email.slice(email.indexOf('@'))}`,
      received_at: receivedAt,
    });
  });

  it('is sent once more by its own page, once for the booking by whichever page', async () => {
    const { id, ref, leadRef } = await released('sent');
    expect(await pageOf(ref)).toContain(button);
    for (const asked of [ref, leadRef]) {
      expect((await resend(asked)).status).toBe(303);
      expect(await requests(id)).toHaveLength(1);
    }
    for (const page of [await pageOf(ref), await pageOf(leadRef)]) {
      expect(page).not.toContain(button);
      expect(page).toContain('en gang til');
    }
  });
});

describe('what the page says of the mail', () => {
  it.each([
    ['sending', 'akkurat nå', 'pending'],
    ['retrying', 'Vi prøver igjen av oss selv', 'pending'],
    ['sent', 'er sendt til', 'sent'],
    ['failed', 'kom ikke fram', 'failed'],
    ['suppressed', 'sender ikke enda en', 'failed'],
  ])('is true of one that is %s', async (delivery, words, state) => {
    const { ref } = await booked(delivery);
    expect(await pageOf(ref)).toContain(words);
    expect(await stateOf(ref)).toBe(state);
  });
});
