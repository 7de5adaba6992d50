import type { Knex } from 'knex';

/**
 * A demo that is called off keeps its row: the cancellation has to name the appointment by its number, and a later
 * time goes on counting from it.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw('ALTER TABLE pipeline.demos ADD COLUMN cancelled_at timestamptz');
  await trx.raw(`
    ALTER TABLE notification.deliveries
      DROP CONSTRAINT delivery_template,
      ADD CONSTRAINT delivery_template CHECK (
        template IN ('confirmation', 'sales_alert', 'demo_invitation', 'demo_cancellation'))`);
  await trx.raw('GRANT SELECT (cancelled_at) ON pipeline.demos TO meander_notification');
}
