import type { Knex } from 'knex';

/**
 * The outbox (events committed together with the change that caused them, until the broker has confirmed
 * them, then 7 days for replay) and the inbox (which consumer has already handled which event).
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE TABLE messaging.outbox (
      id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      event_id     uuid NOT NULL UNIQUE,
      type         text NOT NULL,
      routing_key  text NOT NULL,
      subject      uuid NOT NULL,
      event        jsonb NOT NULL,
      traceparent  text,
      tracestate   text,
      created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
      published_at timestamptz
    )`);
  await trx.raw('CREATE INDEX outbox_unpublished ON messaging.outbox (id) WHERE published_at IS NULL');
  await trx.raw(
    'CREATE INDEX outbox_by_published ON messaging.outbox (published_at) WHERE published_at IS NOT NULL',
  );
  await trx.raw(`
    CREATE TABLE messaging.inbox (
      consumer    text NOT NULL,
      event_id    uuid NOT NULL,
      received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (consumer, event_id)
    )`);
  await trx.raw('CREATE INDEX inbox_by_age ON messaging.inbox (received_at)');
}
