import type { Knex } from 'knex';

/**
 * Deliveries: each mail to be sent is one row, however often its event arrives. `lease_until` is how long the
 * sender that claimed it may take; after that another sender may claim it. The address is not kept here: a
 * confirmation goes to the lead's email, an alert to the sales address, both read when the mail is sent.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE TABLE notification.deliveries (
      id                 uuid PRIMARY KEY,
      event_id           uuid NOT NULL,
      lead_id            uuid NOT NULL REFERENCES leads (id),
      template           text NOT NULL,
      message_id         text NOT NULL UNIQUE,
      state              text NOT NULL DEFAULT 'pending',
      attempts           int NOT NULL DEFAULT 0,
      next_attempt_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
      lease_until        timestamptz,
      last_response_code int,
      last_response      text,
      traceparent        text,
      tracestate         text,
      created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
      sent_at            timestamptz,
      CONSTRAINT delivery_once UNIQUE (event_id, template),
      CONSTRAINT delivery_state CHECK (
        state IN ('pending', 'sending', 'sent', 'retrying', 'failed', 'suppressed')),
      CONSTRAINT delivery_template CHECK (template IN ('confirmation', 'sales_alert'))
    )`);
  await trx.raw(`
    CREATE INDEX deliveries_due ON notification.deliveries (next_attempt_at)
    WHERE state IN ('pending', 'sending', 'retrying')`);
  await trx.raw('CREATE INDEX deliveries_by_lead ON notification.deliveries (lead_id, created_at)');
  await trx.raw('CREATE INDEX deliveries_by_state ON notification.deliveries (state, id)');
}
