import type { Knex } from 'knex';

/**
 * A mailbox as its owner sees it: `kari+a@…` and `kari+b@…` are one. The stored email is lower-case already.
 * The expression of the index is the one that the queries write.
 */
const mailbox = "regexp_replace(email, '\\+[^@]*@', '@')";

/**
 * The demo of a lead (its place is sales' text, so it stays out of events), and what a delivery has to
 * remember of its attempts.
 */
export async function up(trx: Knex): Promise<void> {
  // One row a lead: the demo as it stands now. `sequence` counts its settings, as iCalendar's SEQUENCE does.
  await trx.raw(`
    CREATE TABLE pipeline.demos (
      lead_id    uuid PRIMARY KEY REFERENCES leads (id) ON DELETE CASCADE,
      demo_at    timestamptz NOT NULL,
      minutes    int NOT NULL,
      location   text,
      sequence   int NOT NULL DEFAULT 0,
      set_by     text NOT NULL,
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      CONSTRAINT demo_minutes_range CHECK (minutes BETWEEN 5 AND 480),
      CONSTRAINT demo_location_length CHECK (char_length(location) BETWEEN 1 AND 200)
    )`);
  await trx.raw(`
    ALTER TABLE notification.deliveries
      ADD COLUMN claim_id         uuid,
      ADD COLUMN demo_sequence    int,
      ADD COLUMN first_attempt_at timestamptz,
      ADD COLUMN unknown_outcomes int NOT NULL DEFAULT 0,
      ADD COLUMN last_outcome     text,
      DROP CONSTRAINT delivery_template,
      ADD CONSTRAINT delivery_template CHECK (
        template IN ('confirmation', 'sales_alert', 'demo_invitation')),
      ADD CONSTRAINT delivery_outcome CHECK (
        last_outcome IN ('accepted', 'rejected', 'deferred', 'unknown', 'away', 'own_fault', 'interrupted'))`);
  await trx.raw(`CREATE INDEX idx_lead_mailbox ON leads ((${mailbox}))`);
  // The sweep looks back in time for events that notification was never given.
  await trx.raw('CREATE INDEX outbox_by_age ON messaging.outbox (created_at)');

  const grants = [
    'SELECT, INSERT, UPDATE, DELETE ON pipeline.demos TO meander_pipeline',
    'SELECT (lead_id, demo_at, minutes, location, sequence) ON pipeline.demos TO meander_notification',
  ];
  for (const grant of grants) await trx.raw(`GRANT ${grant}`);
}
