import type { Knex } from 'knex';

/**
 * What was submitted stays as it came, whoever writes: the grants hold for the services alone. The address that it came
 * from is forgotten in time, and all of it goes with an erased person.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE FUNCTION intake.submission_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'a submission is kept as it came'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'submission_append_only', TABLE = 'submissions', SCHEMA = 'intake';
    END $$`);
  await trx.raw(`
    CREATE TRIGGER submission_stays BEFORE UPDATE ON intake.submissions FOR EACH ROW WHEN (
      (OLD.id, OLD.lead_id, OLD.lead_version, OLD.fields, OLD.attribution, OLD.entered_by) IS DISTINCT FROM
      (NEW.id, NEW.lead_id, NEW.lead_version, NEW.fields, NEW.attribution, NEW.entered_by))
    EXECUTE FUNCTION intake.submission_stays()`);
}
