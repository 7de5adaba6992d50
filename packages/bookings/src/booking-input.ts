import {
  type Attribution,
  type Booking,
  type ContactFields,
  createId,
  createMaskedRef,
  type Source,
} from '@meander/lead';
import type { TraceContext } from '@meander/telemetry';
import type { InputColumn } from './booking-statement.ts';

/** The contact fields of a booking, normalised and judged by @meander/lead. */
export type LeadContact = ContactFields & Pick<Booking, 'locale'>;

/** What only a new lead takes; a known one keeps its own. Left out: the database's defaults. */
export interface NewLeadValues {
  source?: Source;
  /** The reference that the visitor already holds. */
  maskedRef?: string;
  /** When the booking came in, where that was earlier than now. */
  receivedAt?: Date;
}

/** A booking that has passed the rules, with what is kept beside the lead. */
export interface BookingRecord {
  contact: LeadContact;
  /** What was typed, before it was normalised. */
  fields: Readonly<Record<string, unknown>>;
  attribution: Attribution | null;
  ipAddress: string | null;
  /** Who typed it, where that was not the visitor: such a booking gets no confirmation mail. */
  enteredBy?: string;
  asNew?: NewLeadValues;
}

export type BookingInput = Partial<Record<InputColumn, unknown>>;

/** The row of a booking for the statement, with ids of its own. */
export function toInput(
  { contact, fields, attribution, ipAddress, enteredBy, asNew = {} }: BookingRecord,
  { ord, eventId, trace }: { ord: number; eventId: string; trace: TraceContext | undefined },
): BookingInput {
  return {
    ...contact,
    ord,
    lead_id: createId(),
    masked_ref: asNew.maskedRef ?? createMaskedRef(),
    ip_address: ipAddress,
    submission_id: createId(),
    fields,
    attribution,
    entered_by: enteredBy,
    event_id: eventId,
    traceparent: trace?.traceparent,
    tracestate: trace?.tracestate,
    source: asNew.source,
    received_at: asNew.receivedAt,
  };
}
