import { beforeEach, describe, expect, it } from 'vitest';
import { type Booking, createBooking } from '../load/booking.ts';
import { accountFor, type Evidence, findUnexpected } from './account.ts';

const refusal = { kind: 'answered' as const, status: 503, headers: {}, body: '', milliseconds: 5 };
const acceptance = { ...refusal, status: 202 };

let booking: Booking;
let evidence: Evidence;

/** One booking that went all the way, and everything that it left behind. */
beforeEach(() => {
  booking = { ...createBooking('row', 'new'), reference: 'ref', answers: [acceptance] };
  const { email, token } = booking;
  const lead = {
    ...{ id: 'lead', email, masked_ref: 'ref', booking_count: 1 },
    ...{ confirmation_sent_at: new Date(), created_at: new Date(), updated_at: new Date() },
  };
  const delivery = {
    ...{ event_id: 'event', state: 'sent', message_id: '<1@example>' },
    ...{ attempts: 1, last_response_code: 250 },
  };
  evidence = {
    records: {
      leads: new Map([[email, lead]]),
      submissions: new Map([[token, [{ id: 'submission', lead_id: 'lead' }]]]),
      bookingEvents: new Map([['submission', ['event']]]),
      moves: new Map(),
      deliveries: new Map([['event', [delivery]]]),
      unpublished: 0,
    },
    seen: new Map([['event', 1]]),
    mails: [{ messageId: '<1@example>', to: email }],
    refused: () => false,
  };
});

const account = () => accountFor([booking], [], evidence);

describe('the account of a row', () => {
  it('finds nothing wrong with a booking that went all the way', () => {
    expect(account()).toMatchObject({ bookings: 1, lost: [], duplicated: [], mailCopies: 0, recovered: 0 });
    expect(findUnexpected([booking], evidence)).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    ['lead', () => evidence.records.leads.clear()],
    ['submission', () => evidence.records.submissions.clear()],
    ['event', () => evidence.records.bookingEvents.clear()],
    ['delivery', () => evidence.records.deliveries.clear()],
    [
      'event (the independent consumer has not seen it)',
      () => {
        evidence = { ...evidence, seen: new Map() };
      },
    ],
    [
      'mail (sent)',
      () => {
        evidence = { ...evidence, mails: [] };
      },
    ],
  ])('misses a lost %s', (what, lose) => {
    lose();
    expect(account().lost).toContain(`${what} of ${booking.token}`);
  });

  it('misses a booking that was never accepted', () => {
    booking.reference = undefined;
    expect(account().lost).toHaveLength(1);
  });

  it('misses a move that was refused to the end once, and tells what was answered', () => {
    const move = { row: 'row', reference: 'ref', moved: false, answers: [refusal, refusal] };
    expect(accountFor([], [move], evidence).lost).toEqual([
      'a move was never accepted: 503 after 5 ms, 503 after 5 ms',
    ]);
  });

  it('misses the history and the event of a move that was accepted', () => {
    const move = { row: 'row', reference: 'ref', moved: true, answers: [{ ...acceptance, status: 200 }] };
    const lost = () => accountFor([], [move], evidence).lost;
    expect(lost()).toEqual(['transition of a move: 200 after 5 ms']);
    evidence.records.moves.set('ref', { transitions: 1, events: [] });
    expect(lost()).toEqual(['event of a move: 200 after 5 ms']);
  });

  it('counts second copies of a mail, and a submission that was kept twice', () => {
    evidence = { ...evidence, mails: [...evidence.mails, ...evidence.mails] };
    evidence.records.submissions.get(booking.token)?.push({ id: 'another', lead_id: 'lead' });
    expect(account()).toMatchObject({ mailCopies: 1, duplicated: [`submission ×2 of ${booking.token}`] });
  });

  it('calls a booking recovered that was refused at first and is there once', () => {
    booking.answers = [refusal, acceptance];
    expect(account()).toMatchObject({ recovered: 1, lost: [] });
  });

  it('wants no mail for an address that the mail server refused', () => {
    const delivery = evidence.records.deliveries.get('event')?.[0];
    if (delivery) delivery.state = 'failed';
    evidence = { ...evidence, refused: () => true, mails: [] };
    expect(account()).toMatchObject({ lost: [], duplicated: [] });
  });

  it('finds what nobody asked for', () => {
    expect(findUnexpected([], evidence)).toEqual([
      'a lead that nobody booked',
      'a submission of nobody',
      'a mail to an address that nobody gave',
    ]);
  });
});
