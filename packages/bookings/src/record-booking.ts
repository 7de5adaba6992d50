import { type Attribution, createEvent, createId } from '@meander/lead';
import { append } from '@meander/messaging';
import type { Transaction } from '@meander/runtime';
import { type LeadContact, type NewLeadValues, type UpsertedLead, upsertLead } from './upsert-lead.ts';

/** A booking that has passed the rules, with what is kept beside the lead. */
export interface BookingRecord {
  contact: LeadContact;
  /** What was typed, before it was normalised. */
  fields: Readonly<Record<string, unknown>>;
  attribution: Attribution | null;
  ipAddress: string | null;
  /** The service that takes it in, for the event's source. */
  service: 'intake' | 'pipeline';
  /** Who typed it, where that was not the visitor: such a booking gets no confirmation mail. */
  enteredBy?: string;
  asNew?: NewLeadValues;
}

export interface RecordedBooking {
  lead: UpsertedLead;
  receivedAt: Date;
}

/**
 * Writes the lead, the submission as it came and the event LeadCreated or LeadRebooked, all in the caller's
 * transaction: one commit, or nothing. The event's `submission_id` is null for what sales entered.
 */
export async function recordBooking(
  trx: Transaction,
  { contact, fields, attribution, ipAddress, service, enteredBy, asNew }: BookingRecord,
): Promise<RecordedBooking> {
  const lead = await upsertLead(trx, contact, { ipAddress, ...(asNew && { asNew }) });
  const receivedAt = asNew?.receivedAt ?? lead.last_booked_at;
  const submissionId = createId();
  await trx('intake.submissions').insert({
    id: submissionId,
    lead_id: lead.id,
    lead_version: lead.version,
    received_at: receivedAt,
    fields: JSON.stringify(fields),
    attribution: attribution && JSON.stringify(attribution),
    ip_address: ipAddress,
    ...(enteredBy !== undefined && { entered_by: enteredBy }),
  });
  await append(
    trx,
    createEvent(lead.booking_count === 1 ? 'LeadCreated' : 'LeadRebooked', {
      id: createId(),
      time: receivedAt,
      source: service,
      leadId: lead.id,
      data: {
        version: lead.version,
        status: lead.status,
        booking_count: lead.booking_count,
        submission_id: enteredBy === undefined ? submissionId : null,
        booked_at: receivedAt.toISOString(),
        ...(enteredBy !== undefined && { entered_by: enteredBy }),
      },
    }),
  );
  return { lead, receivedAt };
}
