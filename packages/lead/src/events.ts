import type { ObjectSchema } from 'joi';
import Joi from 'joi';
import { type EventData, type EventType, eventDataSchemas } from './event-data.ts';

/** Routing key of each type on the exchange `meander.leads` (contract section 6). */
export const routingKeys: Readonly<Record<EventType, string>> = {
  LeadCreated: 'lead.created',
  LeadRebooked: 'lead.rebooked',
  LeadStatusChanged: 'lead.status_changed',
  LeadUpdated: 'lead.updated',
  LeadErased: 'lead.erased',
  ConfirmationRequested: 'lead.confirmation_requested',
  DeliveryRetryRequested: 'lead.delivery_retry_requested',
  ConfirmationSent: 'lead.confirmation_sent',
  ConfirmationFailed: 'lead.confirmation_failed',
};

/**
 * Begins the routing key of what happens to a made-up lead: who binds `lead.*` or `lead.#`, as every consumer of
 * ours but one does, never hears of it.
 */
export const syntheticKeyPrefix = 'synthetic.';

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

/** The members of an envelope that are the same for all events of one type from one service. */
export function envelopeOf<T extends EventType>(type: T, source: string) {
  return {
    specversion: '1.0',
    type,
    source: `/meander/${source}`,
    datacontenttype: 'application/json',
    dataschema: `urn:meander:event:${type}:${eventVersion}`,
  } as const;
}

/** Makes the event of a fact. `id` and `time` are passed in: this code has no clock and no randomness. */
export function createEvent<T extends EventType>(
  type: T,
  fact: { id: string; time: Date; source: string; leadId: string; data: EventData[T] },
): LeadEvent {
  return {
    ...envelopeOf(type, fact.source),
    id: fact.id,
    subject: fact.leadId,
    time: fact.time.toISOString(),
    data: fact.data,
  } as LeadEvent;
}

const id = Joi.string()
  .pattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
  .required();

/** What a message must hold to be taken for one of our events, of whatever type. */
const envelopeSchema = Joi.object({
  specversion: Joi.string().valid('1.0').required(),
  id: id.description('UUID; the same event may come again under it.'),
  subject: id.description('The id of the lead.'),
  type: Joi.string().required(),
  data: Joi.object().unknown(true).required(),
}).unknown(true);

/** An event of one type, envelope and data, as its publisher makes it. */
export function eventSchema(type: EventType): ObjectSchema {
  return envelopeSchema.keys({
    type: Joi.string().valid(type).required(),
    source: Joi.string()
      .pattern(/^\/meander\/[a-z]+$/)
      .required(),
    time: Joi.string().isoDate().required(),
    datacontenttype: Joi.string().valid('application/json').required(),
    dataschema: Joi.string().valid(`urn:meander:event:${type}:${eventVersion}`).required(),
    data: eventDataSchemas[type],
  });
}

/** Nothing is converted, and no message made that would repeat a value. */
const holds = (schema: ObjectSchema, value: unknown): boolean =>
  schema.validate(value, { convert: false, errors: { render: false } }).error === undefined;

/** Why a message is not an event that this code can read. */
export type UnreadableReason =
  | 'not-json'
  | 'not-a-cloudevent'
  | 'unknown-type'
  | 'unknown-version'
  | 'invalid-data';

/** Reads a message body back into an event, or tells why it cannot. Keeps members that it does not know. Never throws. */
export function parseEvent(
  body: Uint8Array,
): { ok: true; event: LeadEvent } | { ok: false; reason: UnreadableReason } {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return { ok: false, reason: 'not-json' };
  }
  if (value === null || !holds(envelopeSchema, value)) return { ok: false, reason: 'not-a-cloudevent' };
  const event = value as LeadEvent;
  if (!Object.hasOwn(routingKeys, event.type)) return { ok: false, reason: 'unknown-type' };
  if (event.dataschema !== `urn:meander:event:${event.type}:${eventVersion}`) {
    return { ok: false, reason: 'unknown-version' };
  }
  if (!holds(eventDataSchemas[event.type], event.data)) return { ok: false, reason: 'invalid-data' };
  return { ok: true, event };
}
