import type { Knex } from 'knex';

/**
 * Who asked for the confirmation once more. The primary key is the promise: one resend for each booking,
 * however often the button is pressed. It goes with its lead.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE TABLE intake.resends (
      lead_id       uuid NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
      booking_count int NOT NULL,
      requested_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (lead_id, booking_count)
    )`);
  await trx.raw('GRANT SELECT, INSERT ON intake.resends TO meander_intake');
}
