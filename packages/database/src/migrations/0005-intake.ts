import type { Knex } from 'knex';

/**
 * What intake keeps beside the lead: every accepted submission as it came (append-only by its grants), the
 * suspect ones in quarantine, and the answers already given to an Idempotency-Key.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE TABLE intake.submissions (
      id           uuid PRIMARY KEY,
      lead_id      uuid NOT NULL REFERENCES leads (id),
      lead_version int NOT NULL,
      received_at  timestamptz NOT NULL,
      fields       jsonb NOT NULL,
      attribution  jsonb,
      ip_address   inet
    )`);
  await trx.raw('CREATE INDEX submissions_by_lead ON intake.submissions (lead_id, received_at)');
  await trx.raw(
    'CREATE INDEX submissions_with_address ON intake.submissions (received_at) WHERE ip_address IS NOT NULL',
  );
  await trx.raw(`
    CREATE TABLE intake.quarantine (
      id          uuid PRIMARY KEY,
      received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      reason      text NOT NULL,
      fields      jsonb NOT NULL,
      attribution jsonb,
      ip_address  inet,
      masked_ref  text NOT NULL UNIQUE,
      released_at timestamptz,
      released_by text,
      lead_id     uuid REFERENCES leads (id)
    )`);
  await trx.raw(`
    CREATE TABLE intake.idempotency_keys (
      key          text PRIMARY KEY,
      request_hash bytea NOT NULL,
      answer       jsonb,
      created_at   timestamptz NOT NULL DEFAULT clock_timestamp()
    )`);
  await trx.raw('CREATE INDEX idempotency_keys_by_age ON intake.idempotency_keys (created_at)');
}
