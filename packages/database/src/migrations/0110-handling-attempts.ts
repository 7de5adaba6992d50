import type { Knex } from 'knex';

/**
 * How often the handling of a message was begun and never ended: its consumer's process died of it, or with it. Written
 * for messages that have come back alone. `set_aside_at` says that nobody tries it any more.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE TABLE messaging.attempts (
      consumer     text NOT NULL,
      message_id   text NOT NULL,
      begun        int NOT NULL DEFAULT 1,
      begun_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
      set_aside_at timestamptz,
      PRIMARY KEY (consumer, message_id),
      CONSTRAINT message_id_length CHECK (char_length(message_id) BETWEEN 1 AND 100)
    )`);
  await trx.raw('CREATE INDEX attempts_by_age ON messaging.attempts (begun_at)');
  // Whoever relays removes what is old; notification alone has a queue that outlives its process.
  await trx.raw('GRANT SELECT, DELETE ON messaging.attempts TO meander_messaging');
  await trx.raw('GRANT INSERT, UPDATE ON messaging.attempts TO meander_notification');
}
