export { type Attempts, createAttempts, mostDeaths } from './attempts.ts';
export type { Handler, Subscription } from './consumer.ts';
export { eventJson, isoTime } from './event-sql.ts';
export { once } from './inbox.ts';
export { type BrokerState, inspectBroker } from './inspect.ts';
export { type ConsumerOptions, createMessaging, type Messaging } from './messaging.ts';
export { append, appendFrom, withEventSpan } from './outbox.ts';
export { observeOutbox } from './outbox-gauges.ts';
export { exchanges, queues } from './topology.ts';
