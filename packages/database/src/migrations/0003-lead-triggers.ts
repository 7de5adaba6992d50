import type { Knex } from 'knex';

/**
 * What must hold whoever writes: identity never changes (masked_ref_immutability), the status only goes
 * forward (status_transition_ordering), and every update raises `version` and `updated_at` by the database's
 * own clock.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE FUNCTION lead_before_update() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      stages constant text[] := ARRAY['new', 'contacted', 'qualified', 'demo_scheduled'];
    BEGIN
      IF NEW.id <> OLD.id OR NEW.masked_ref <> OLD.masked_ref OR NEW.created_at <> OLD.created_at THEN
        RAISE EXCEPTION 'id, masked_ref and created_at never change'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'masked_ref_immutability', TABLE = 'leads';
      END IF;
      IF NEW.status <> OLD.status AND (
        OLD.status IN ('converted', 'lost')
        OR (NEW.status NOT IN ('converted', 'lost')
            AND array_position(stages, NEW.status) < array_position(stages, OLD.status))
      ) THEN
        RAISE EXCEPTION 'a lead moves forward only'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'status_transition_ordering', TABLE = 'leads';
      END IF;
      NEW.version := OLD.version + 1;
      -- A transaction that began earlier may commit later: time never runs backwards for one lead.
      NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at);
      RETURN NEW;
    END $$`);
  await trx.raw(`
    CREATE TRIGGER lead_before_update BEFORE UPDATE ON leads
    FOR EACH ROW EXECUTE FUNCTION lead_before_update()`);
}
