import type { Knex } from 'knex';

/**
 * A move is kept with when its lead was created and when the stage that it ends began, so that medians over a
 * period are read from this table alone. Filled by the database, whoever writes.
 */
async function timeTheStages(trx: Knex): Promise<void> {
  await trx.raw(
    'ALTER TABLE pipeline.transitions ADD COLUMN lead_created_at timestamptz, ADD COLUMN entered_at timestamptz',
  );
  await trx.raw(`
    UPDATE pipeline.transitions SET lead_created_at = timed.created_at, entered_at = timed.entered_at
    FROM (
      SELECT transitions.id, created_at,
        coalesce(lag(moved_at) OVER (PARTITION BY lead_id ORDER BY lead_version), created_at) AS entered_at
      FROM pipeline.transitions JOIN leads ON leads.id = lead_id
    ) AS timed WHERE timed.id = transitions.id`);
  await trx.raw(`
    ALTER TABLE pipeline.transitions
      ALTER COLUMN lead_created_at SET NOT NULL, ALTER COLUMN entered_at SET NOT NULL`);
  await trx.raw(`
    CREATE FUNCTION pipeline.transition_before_insert() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      SELECT created_at INTO NEW.lead_created_at FROM public.leads WHERE id = NEW.lead_id;
      SELECT moved_at INTO NEW.entered_at FROM pipeline.transitions
      WHERE lead_id = NEW.lead_id AND lead_version < NEW.lead_version ORDER BY lead_version DESC LIMIT 1;
      NEW.entered_at := coalesce(NEW.entered_at, NEW.lead_created_at);
      RETURN NEW;
    END $$`);
  await trx.raw(`
    CREATE TRIGGER transition_before_insert BEFORE INSERT ON pipeline.transitions
    FOR EACH ROW EXECUTE FUNCTION pipeline.transition_before_insert()`);
  await trx.raw(`
    CREATE INDEX transitions_by_cohort ON pipeline.transitions (lead_created_at)
    INCLUDE (from_status, to_status, entered_at, moved_at, reason_code, value_nok)`);
}

/**
 * What the sales API keeps beside the lead: who entered a submission that is not the visitor's own; why a lead
 * was lost and what a converted one is worth; the people who come by OpenID Connect; the key of the list's
 * cursors (in the database, so that every copy reads every copy's, over restarts); and the tombstones of
 * erased leads, which hold nothing of the person.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw('ALTER TABLE intake.submissions ADD COLUMN entered_by text');
  await trx.raw(`
    ALTER TABLE pipeline.transitions
      ADD COLUMN reason_code text,
      ADD COLUMN value_nok numeric(14, 2),
      ADD CONSTRAINT lost_reason_enum_constraint CHECK (
        reason_code IS NULL OR (to_status = 'lost' AND reason_code IN (
          'no_answer', 'no_budget', 'no_need', 'competitor', 'timing', 'not_a_fit', 'duplicate', 'other'))),
      ADD CONSTRAINT deal_value_range CHECK (value_nok IS NULL OR (to_status = 'converted' AND value_nok >= 0))`);
  await timeTheStages(trx);
  await trx.raw(`
    CREATE TABLE pipeline.users (
      id         uuid PRIMARY KEY,
      issuer     text NOT NULL,
      subject    text NOT NULL,
      name       text NOT NULL,
      first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
      CONSTRAINT user_once UNIQUE (issuer, subject)
    )`);
  await trx.raw(`
    CREATE TABLE pipeline.secrets (
      name  text PRIMARY KEY,
      value bytea NOT NULL
    )`);
  // Two random UUIDs hold 244 random bits of PostgreSQL's strong generator; SHA-256 makes a key of them.
  await trx.raw(`
    INSERT INTO pipeline.secrets (name, value)
    VALUES ('cursor', sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())))`);
  await trx.raw(`
    CREATE TABLE pipeline.erased_leads (
      lead_id    uuid PRIMARY KEY,
      erased_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
      erased_by  text NOT NULL,
      status     text NOT NULL,
      source     text NOT NULL,
      created_on date NOT NULL
    )`);
  await trx.raw('CREATE INDEX quarantine_by_time ON intake.quarantine (received_at, id)');
  await trx.raw(
    'CREATE INDEX quarantine_held ON intake.quarantine (received_at, id) WHERE released_at IS NULL',
  );
  await trx.raw('CREATE INDEX quarantine_by_lead ON intake.quarantine (lead_id) WHERE lead_id IS NOT NULL');

  const grants = [
    'SELECT, INSERT ON pipeline.users TO meander_pipeline, meander_notification',
    'UPDATE (name) ON pipeline.users TO meander_pipeline, meander_notification',
    'SELECT ON pipeline.secrets TO meander_pipeline',
    'SELECT, INSERT ON pipeline.erased_leads TO meander_pipeline',
  ];
  for (const grant of grants) await trx.raw(`GRANT ${grant}`);
}
