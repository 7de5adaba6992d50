import type { Knex } from 'knex';

/** Who may write which column. A service that is broken into can do no more than its own work. */
export async function up(trx: Knex): Promise<void> {
  const contact = `first_name, last_name, phone, organization_name, role_title, organization_size,
    current_solution, preferred_demo_timing, notes, locale`;
  const grants = [
    // Messaging: every service appends, relays and de-duplicates.
    'SELECT, INSERT, DELETE ON messaging.outbox TO meander_messaging',
    'UPDATE (published_at) ON messaging.outbox TO meander_messaging',
    'SELECT, INSERT, DELETE ON messaging.inbox TO meander_messaging',

    // Intake: contact fields and bookings, never status or source (they take their defaults).
    `SELECT ON leads TO meander_intake`,
    `INSERT (id, email, masked_ref, ip_address, ${contact}) ON leads TO meander_intake`,
    `UPDATE (ip_address, booking_count, last_booked_at, ${contact}) ON leads TO meander_intake`,
    'SELECT, INSERT ON intake.submissions TO meander_intake',
    'UPDATE (ip_address) ON intake.submissions TO meander_intake',
    'SELECT, INSERT ON intake.quarantine TO meander_intake',
    'UPDATE (ip_address) ON intake.quarantine TO meander_intake',
    'SELECT, INSERT, DELETE ON intake.idempotency_keys TO meander_intake',
    'UPDATE (answer) ON intake.idempotency_keys TO meander_intake',
    'USAGE ON SCHEMA notification TO meander_intake',
    'SELECT (lead_id, template, state, created_at, sent_at) ON notification.deliveries TO meander_intake',

    // Notification: reads what a mail needs, writes the one stamp.
    `SELECT (id, email, masked_ref, status, booking_count, last_booked_at, created_at, confirmation_sent_at, ${contact})
      ON leads TO meander_notification`,
    'UPDATE (confirmation_sent_at) ON leads TO meander_notification',
    'SELECT, INSERT, UPDATE ON notification.deliveries TO meander_notification',
    'USAGE ON SCHEMA pipeline TO meander_notification',
    'SELECT ON pipeline.api_keys TO meander_notification',
    'UPDATE (last_used_at) ON pipeline.api_keys TO meander_notification',

    // Pipeline: the status, corrections, and erasure.
    'SELECT, INSERT, DELETE ON leads TO meander_pipeline',
    `UPDATE (status, source, ${contact}, ip_address, booking_count, last_booked_at) ON leads TO meander_pipeline`,
    'SELECT, DELETE ON lead_changes TO meander_pipeline',
    'SELECT, INSERT, DELETE ON pipeline.transitions TO meander_pipeline',
    'SELECT, INSERT ON pipeline.api_keys TO meander_pipeline',
    'UPDATE (revoked_at, last_used_at) ON pipeline.api_keys TO meander_pipeline',
    'USAGE ON SCHEMA intake TO meander_pipeline',
    'SELECT, INSERT, DELETE ON intake.submissions TO meander_pipeline',
    'SELECT, DELETE ON intake.quarantine TO meander_pipeline',
    'UPDATE (released_at, released_by, lead_id) ON intake.quarantine TO meander_pipeline',
    'SELECT, DELETE ON intake.idempotency_keys TO meander_pipeline',
    'USAGE ON SCHEMA notification TO meander_pipeline',
    'SELECT, DELETE ON notification.deliveries TO meander_pipeline',
  ];
  for (const grant of grants) await trx.raw(`GRANT ${grant}`);
}
