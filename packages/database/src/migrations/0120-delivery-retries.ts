import type { Knex } from 'knex';

/**
 * Who asked for a mail to be sent again, and when: on the board, or by either API. A request that is newer than
 * the last change of its delivery is still on its way. It goes with its delivery.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE TABLE notification.delivery_retries (
      id           uuid PRIMARY KEY,
      delivery_id  uuid NOT NULL REFERENCES notification.deliveries (id) ON DELETE CASCADE,
      requested_by text NOT NULL,
      requested_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`);
  await trx.raw(
    'CREATE INDEX delivery_retries_by_delivery ON notification.delivery_retries (delivery_id, requested_at)',
  );
  await trx.raw(
    'GRANT SELECT, INSERT ON notification.delivery_retries TO meander_notification, meander_pipeline',
  );
}
