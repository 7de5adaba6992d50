import type { Status } from './fields.ts';

/**
 * What happened to a lead, told to whoever listens (CloudEvents 1.0). The data carries ids, versions, statuses
 * and times, never what a person typed: consumers read that from the database, where it can be erased.
 */
export interface EventData {
  LeadCreated: BookingData;
  LeadRebooked: BookingData;
  LeadStatusChanged: {
    version: number;
    from: Status;
    to: Status;
    moved_at: string;
    moved_by: string;
    /** Where the move set a demo: which setting of it this is, from 0. The time itself is read from the database. */
    demo_sequence?: number;
  };
  LeadUpdated: {
    version: number;
    fields: string[];
    updated_at: string;
    updated_by: string;
    /** Where the demo was set anew: which setting of it this is. */
    demo_sequence?: number;
  };
  LeadErased: { erased_at: string; erased_by: string };
  /** The one who booked asks for the confirmation once more: at most once for each booking. */
  ConfirmationRequested: { version: number; booking_count: number; requested_at: string };
  ConfirmationSent: { delivery_id: string; template: string; sent_at: string };
  ConfirmationFailed: {
    delivery_id: string;
    template: string;
    failed_at: string;
    response_code: number | null;
  };
}

export interface BookingData {
  version: number;
  status: Status;
  booking_count: number;
  /** The submission that caused the event, or null for a lead that sales entered. */
  submission_id: string | null;
  booked_at: string;
  /** Who entered it, where that was not the visitor. */
  entered_by?: string;
}

export type EventType = keyof EventData;

/** Routing key of each type on the exchange `meander.leads` (contract section 6). */
export const routingKeys: Readonly<Record<EventType, string>> = {
  LeadCreated: 'lead.created',
  LeadRebooked: 'lead.rebooked',
  LeadStatusChanged: 'lead.status_changed',
  LeadUpdated: 'lead.updated',
  LeadErased: 'lead.erased',
  ConfirmationRequested: 'lead.confirmation_requested',
  ConfirmationSent: 'lead.confirmation_sent',
  ConfirmationFailed: 'lead.confirmation_failed',
};

/** The version of the data's shape that this code writes and reads; a reader puts any other aside. */
export const eventVersion = 1;

interface Envelope<T extends EventType> {
  specversion: '1.0';
  /** UUID version 7; consumers are idempotent on it. */
  id: string;
  type: T;
  /** The service that caused it, as `/meander/<service>`. */
  source: string;
  /** The lead's id. */
  subject: string;
  /** When it happened, RFC 3339 in UTC. */
  time: string;
  datacontenttype: 'application/json';
  /** `urn:meander:event:<type>:<version>` */
  dataschema: string;
  data: EventData[T];
}

export type LeadEvent = { [T in EventType]: Envelope<T> }[EventType];

/** Makes the event of a fact. `id` and `time` are passed in: this code has no clock and no randomness. */
export function createEvent<T extends EventType>(
  type: T,
  fact: { id: string; time: Date; source: string; leadId: string; data: EventData[T] },
): LeadEvent {
  return {
    specversion: '1.0',
    id: fact.id,
    type,
    source: `/meander/${fact.source}`,
    subject: fact.leadId,
    time: fact.time.toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:meander:event:${type}:${eventVersion}`,
    data: fact.data,
  } as LeadEvent;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Why a message is not an event that this code can read. */
export type UnreadableReason = 'not-json' | 'not-a-cloudevent' | 'unknown-type' | 'unknown-version';

/** Reads a message body back into an event, or tells why it cannot. Never throws. */
export function parseEvent(
  body: Uint8Array,
): { ok: true; event: LeadEvent } | { ok: false; reason: UnreadableReason } {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return { ok: false, reason: 'not-json' };
  }
  const event = value as Partial<LeadEvent> | null;
  const isEnvelope =
    typeof event === 'object' &&
    event?.specversion === '1.0' &&
    [event.id, event.subject].every((id) => typeof id === 'string' && uuid.test(id)) &&
    typeof event.type === 'string' &&
    typeof event.data === 'object' &&
    event.data !== null;
  if (!isEnvelope) return { ok: false, reason: 'not-a-cloudevent' };
  if (!Object.hasOwn(routingKeys, event.type as string)) return { ok: false, reason: 'unknown-type' };
  if (event.dataschema !== `urn:meander:event:${event.type}:${eventVersion}`) {
    return { ok: false, reason: 'unknown-version' };
  }
  return { ok: true, event: event as LeadEvent };
}
