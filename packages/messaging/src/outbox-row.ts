import type { EventType } from '@meander/lead';
import type { OutgoingMessage } from './publisher.ts';
import { exchanges, mustBeRouted } from './topology.ts';

/** An event as it waits in the outbox, and stays there for replay. */
export interface OutboxRow {
  id: string;
  event_id: string;
  type: EventType;
  routing_key: string;
  /** JSON. */
  event: string;
  traceparent: string | null;
  tracestate: string | null;
}

/** The columns of an `OutboxRow`. */
export const outboxColumns = 'id, event_id, type, routing_key, event::text, traceparent, tracestate';

/** The message that tells an event to everybody who listens. */
export function toMessage(row: OutboxRow): OutgoingMessage {
  const headers: Record<string, string> = {};
  if (row.traceparent) headers.traceparent = row.traceparent;
  if (row.tracestate) headers.tracestate = row.tracestate;
  return {
    id: row.event_id,
    exchange: exchanges.leads,
    routingKey: row.routing_key,
    type: row.type,
    body: Buffer.from(row.event),
    contentType: 'application/cloudevents+json',
    headers,
    mandatory: mustBeRouted(row.routing_key),
  };
}
