import { acceptedAtOnce, type Booking } from '../load/booking.ts';
import type { Answer } from '../load/http.ts';
import type { Move } from '../load/move.ts';
import type { DeliveryRecord, Records } from './records.ts';

/** What became of one row's bookings and moves, in the manner of Jepsen's total-queue. */
export interface RowAccount {
  bookings: number;
  moves: number;
  /** Accepted, and without lead, submission, event or mail in the end. */
  lost: string[];
  /** Kept, told of or entered more than once. Mails are counted by themselves. */
  duplicated: string[];
  /** Second copies of a mail. */
  mailCopies: number;
  /** Not accepted at first (refused for now, or the answer was lost) and there exactly once in the end. */
  recovered: number;
}

/** What the mail server took. */
export interface TakenMail {
  messageId: string;
  to: string;
}

/** What the account is drawn up from. */
export interface Evidence {
  records: Records;
  /** How often the independent consumer saw each event. */
  seen: ReadonlyMap<string, number>;
  mails: readonly TakenMail[];
  /** True where the mail server refused this address for good: its lead has no mail, rightly. */
  refused: (email: string) => boolean;
}

type Count = Map<string, number>;

function countBy<T>(list: readonly T[], key: (one: T) => string): Count {
  const counts: Count = new Map();
  for (const one of list) counts.set(key(one), (counts.get(key(one)) ?? 0) + 1);
  return counts;
}

/** What is wrong with a booking that was accepted; empty where it is there, once, from the lead to the mail. */
function traceBooking(booking: Booking, evidence: Evidence, copies: Count) {
  const { records, seen, refused } = evidence;
  const lost: string[] = [];
  const duplicated: string[] = [];
  let mailCopies = 0;
  const exactly = (what: string, count: number) => {
    if (count === 0) lost.push(what);
    if (count > 1) duplicated.push(`${what} ×${count}`);
  };

  const lead = records.leads.get(booking.email);
  exactly('lead', lead ? 1 : 0);
  if (lead && lead.masked_ref !== booking.reference) lost.push('lead (another reference)');
  const submissions = records.submissions.get(booking.token) ?? [];
  exactly('submission', submissions.length);
  const events = submissions.flatMap(({ id }) => records.bookingEvents.get(id) ?? []);
  exactly('event', events.length);
  for (const event of events) {
    if (!seen.has(event)) lost.push('event (the independent consumer has not seen it)');
    const deliveries: DeliveryRecord[] = records.deliveries.get(event) ?? [];
    exactly('delivery', deliveries.length);
    for (const { message_id, state } of deliveries) {
      const taken = copies.get(`${message_id} ${booking.email}`) ?? 0;
      if (refused(booking.email)) {
        if (taken > 0 || state !== 'failed') duplicated.push(`mail to a refused address (${state})`);
      } else if (taken === 0) lost.push(`mail (${state})`);
      else mailCopies += taken - 1;
      if (taken > 0 && !lead?.confirmation_sent_at) lost.push('stamp of the mail');
    }
  }
  return { lost, duplicated, mailCopies };
}

function traceMove({ reference, moved }: Move, { records, seen }: Evidence) {
  const found = records.moves.get(reference);
  if (!moved && !found) return { lost: ['a move was never accepted'], duplicated: [] };
  const lost: string[] = [];
  if (!moved) lost.push('answer of a move');
  if (!found || found.transitions === 0) lost.push('transition of a move');
  if (found && found.events.length < found.transitions) lost.push('event of a move');
  if (found?.events.some((event) => !seen.has(event))) lost.push('event of a move (not seen)');
  const duplicated = found && found.transitions > 1 ? [`transition ×${found.transitions}`] : [];
  return { lost, duplicated };
}

/** Draws up the account of one row. */
export function accountFor(
  bookings: readonly Booking[],
  moves: readonly Move[],
  evidence: Evidence,
): RowAccount {
  const copies = countBy(evidence.mails, ({ messageId, to }) => `${messageId} ${to}`);
  const perAddress = countBy(bookings, ({ email }) => email);
  const account: RowAccount = {
    bookings: bookings.length,
    moves: moves.length,
    lost: [],
    duplicated: [],
    mailCopies: 0,
    recovered: 0,
  };
  for (const booking of bookings) {
    if (!booking.reference) {
      account.lost.push(`a booking was never accepted: ${describe(booking)}`);
      continue;
    }
    const { lost, duplicated, mailCopies } = traceBooking(booking, evidence, copies);
    account.mailCopies += mailCopies;
    account.lost.push(...lost.map((what) => `${what} of ${booking.token}`));
    account.duplicated.push(...duplicated.map((what) => `${what} of ${booking.token}`));
    const whole = lost.length + duplicated.length === 0;
    if (whole && !acceptedAtOnce(booking)) account.recovered += 1;
  }
  for (const [email, count] of perAddress) {
    const lead = evidence.records.leads.get(email);
    if (lead && lead.booking_count !== count)
      account.duplicated.push(`a lead counts ${lead.booking_count} bookings, not ${count}`);
  }
  for (const move of moves) {
    const { lost, duplicated } = traceMove(move, evidence);
    account.lost.push(...lost.map((what) => `${what}: ${describe(move)}`));
    account.duplicated.push(...duplicated.map((what) => `${what} of a move`));
    if (move.answers.length > 1 && lost.length === 0) account.recovered += 1;
  }
  return account;
}

/** What is there without anybody having asked for it, over the whole run. */
export function findUnexpected(bookings: readonly Booking[], { records, mails }: Evidence): string[] {
  const emails = new Set(bookings.map(({ email }) => email));
  const tokens = new Set(bookings.map(({ token }) => token));
  const messageIds = new Map(
    [...records.deliveries.values()].flat().map(({ message_id, event_id }) => [message_id, event_id]),
  );
  const found: string[] = [];
  for (const email of records.leads.keys()) if (!emails.has(email)) found.push('a lead that nobody booked');
  for (const token of records.submissions.keys())
    if (!tokens.has(token)) found.push('a submission of nobody');
  for (const { messageId, to } of mails) {
    if (!emails.has(to)) found.push('a mail to an address that nobody gave');
    else if (!messageIds.has(messageId)) found.push('a mail that no delivery asked for');
  }
  return found;
}

/** Every answer that somebody got, in order: without them nobody can tell why something is lost. */
function describe({ answers }: { answers: readonly Answer[] }): string {
  if (answers.length === 0) return 'no answer at all';
  return answers
    .map((answer) =>
      [answer.kind === 'answered' ? answer.status : answer.reason, `${answer.milliseconds} ms`].join(
        ' after ',
      ),
    )
    .join(', ');
}
