import { type LeadEvent, routingKeys, syntheticKeyPrefix } from '@meander/lead';
import type { Transaction } from '@meander/runtime';
import { attributes, captureTraceContext, SpanKind, withSpan } from '@meander/telemetry';
import { exchanges } from './topology.ts';

/** What happens to a made-up lead goes another way; the table of those has a row for minutes, and mostly none. */
const keyFor = `CASE WHEN EXISTS (SELECT FROM synthetic_leads WHERE lead_id = ?) THEN ? ELSE ? END`;

/**
 * Writes an event in the transaction of the change that caused it, so that both or neither exist. Its trace
 * context is stored with it: the trace goes on, however much later the relay publishes it.
 */
export function append(trx: Transaction, event: LeadEvent): Promise<void> {
  const routingKey = routingKeys[event.type];
  return withSpan(
    `create ${routingKey}`,
    {
      kind: SpanKind.PRODUCER,
      attributes: {
        'messaging.system': 'rabbitmq',
        'messaging.operation.type': 'create',
        'messaging.operation.name': 'create',
        'messaging.destination.name': `${exchanges.leads}:${routingKey}`,
        'messaging.message.id': event.id,
        [attributes.eventType]: event.type,
        [attributes.leadId]: event.subject,
      },
    },
    async () => {
      const trace = captureTraceContext();
      await trx('messaging.outbox').insert({
        event_id: event.id,
        type: event.type,
        routing_key: trx.raw(keyFor, [event.subject, `${syntheticKeyPrefix}${routingKey}`, routingKey]),
        subject: event.subject,
        event: JSON.stringify(event),
        traceparent: trace?.traceparent ?? null,
        tracestate: trace?.tracestate ?? null,
      });
    },
  );
}
