import { type EventType, type LeadEvent, routingKeys } from '@meander/lead';
import type { Transaction } from '@meander/runtime';
import { attributes, captureTraceContext, SpanKind, type TraceContext, withSpan } from '@meander/telemetry';
import { exchanges } from './topology.ts';

const table = 'messaging.outbox';
const columns = ['event_id', 'type', 'routing_key', 'subject', 'event', 'traceparent', 'tracestate'];

/** What an event turned out to be, once the change that it tells of has been made. */
interface Made {
  type: EventType;
  leadId: string;
}

/**
 * The span of making an event, around `work` that writes it. What `work` is given as `trace` is to be stored with
 * the event: the trace goes on, however much later the relay publishes it. It calls `made` as soon as it knows
 * what the event is, and not at all where there was nothing to tell.
 */
export function withEventSpan<T>(
  eventId: string,
  work: (trace: TraceContext | undefined, made: (event: Made) => void) => Promise<T>,
): Promise<T> {
  return withSpan(
    `create ${exchanges.leads}`,
    {
      kind: SpanKind.PRODUCER,
      attributes: {
        'messaging.system': 'rabbitmq',
        'messaging.operation.type': 'create',
        'messaging.operation.name': 'create',
        'messaging.message.id': eventId,
      },
    },
    (span) =>
      work(captureTraceContext(), ({ type, leadId }) => {
        const routingKey = routingKeys[type];
        span.updateName(`create ${routingKey}`).setAttributes({
          'messaging.destination.name': `${exchanges.leads}:${routingKey}`,
          [attributes.eventType]: type,
          [attributes.leadId]: leadId,
        });
      }),
  );
}

/** Writes an event in the transaction of the change that caused it, so that both or neither exist. */
export function append(trx: Transaction, event: LeadEvent): Promise<void> {
  return withEventSpan(event.id, async (trace, made) => {
    made({ type: event.type, leadId: event.subject });
    await trx(table).insert({
      event_id: event.id,
      type: event.type,
      routing_key: routingKeys[event.type],
      subject: event.subject,
      event: JSON.stringify(event),
      traceparent: trace?.traceparent ?? null,
      tracestate: trace?.tracestate ?? null,
    });
  });
}

/**
 * The SQL that appends an event for each row of `source`, for a statement that makes many changes at once: a
 * row has the columns `event_id`, `type`, `subject`, `event` (jsonb), `traceparent` and `tracestate`.
 */
export function appendFrom(source: string): string {
  const routingKey = Object.entries(routingKeys).map(([type, key]) => `WHEN '${type}' THEN '${key}'`);
  return `
    INSERT INTO ${table} (${columns.join(', ')})
    SELECT event_id, type, CASE type ${routingKey.join(' ')} END, subject, event, traceparent, tracestate
    FROM ${source}`;
}
