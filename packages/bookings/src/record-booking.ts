import { createId, type EventType, type Status } from '@meander/lead';
import { withEventSpan } from '@meander/messaging';
import type { Transaction } from '@meander/runtime';
import { type BookingRecord, toInput } from './booking-input.ts';
import { bookingParts, readInput } from './booking-statement.ts';

/** The lead as the statement has left it. `booking_count` 1 means that it is new. */
export interface RecordedLead {
  id: string;
  masked_ref: string;
  version: number;
  status: Status;
  booking_count: number;
}

export interface RecordedBooking {
  lead: RecordedLead;
  receivedAt: Date;
}

/**
 * Writes the lead, the submission as it came and the event LeadCreated or LeadRebooked, all in the caller's
 * transaction: one commit, or nothing. The event's `submission_id` is null for what sales entered.
 */
export async function recordBooking(
  trx: Transaction,
  { service, ...booking }: BookingRecord & { service: 'intake' | 'pipeline' },
): Promise<RecordedBooking> {
  const eventId = createId();
  const parts = bookingParts(service, {
    source: booking.asNew?.source !== undefined,
    receivedAt: booking.asNew?.receivedAt !== undefined,
    crossing: false,
  });
  return withEventSpan(eventId, async (trace, made) => {
    const { rows } = await trx.raw<{ rows: (RecordedLead & { type: EventType; booked_at: Date })[] }>(
      `WITH fresh AS MATERIALIZED (${readInput()}), ${parts}
       SELECT type, booked_at, id, reference AS masked_ref, version, status, booking_count FROM booked`,
      [JSON.stringify([toInput(booking, { ord: 0, eventId, trace })])],
    );
    const [row] = rows;
    if (!row) throw new Error('a booking was not recorded');
    const { type, booked_at, ...lead } = row;
    made({ type, leadId: lead.id });
    return { lead, receivedAt: booked_at };
  });
}
