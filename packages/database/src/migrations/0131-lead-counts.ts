import type { Knex } from 'knex';

/** As in @meander/lead: a domain that is nobody's for ever (RFC 2606). */
const syntheticDomain = 'synthetic.meander.invalid';

const day = (instant: string) => `(${instant} AT TIME ZONE 'Europe/Oslo')::date`;

/**
 * How many leads there are, kept beside them, so that a count does not grow with their number: by the day in Oslo on
 * which they were created and their status, by that day and their source, and by what the board filters by. Made-up
 * leads are not counted.
 *
 * A change of a lead only adds a row to `lead_count_changes`, in the same statement: one row that everybody raises would
 * have every booking wait for the one before. The pipeline service folds the changes into the counts now and then.
 * The two together are exact in every snapshot, which sees a change with its lead, and a fold whole or not at all.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE TABLE pipeline.lead_counts_by_status (
      day    date NOT NULL,
      status text NOT NULL,
      count  int NOT NULL,
      PRIMARY KEY (day, status)
    )`);
  await trx.raw(`
    CREATE TABLE pipeline.lead_counts_by_source (
      day    date NOT NULL,
      source text NOT NULL,
      count  int NOT NULL,
      PRIMARY KEY (day, source)
    )`);
  await trx.raw(`
    CREATE TABLE pipeline.lead_counts_by_filter (
      status            text NOT NULL,
      source            text NOT NULL,
      organization_size text,
      count             int NOT NULL,
      CONSTRAINT lead_count_once UNIQUE NULLS NOT DISTINCT (status, source, organization_size)
    )`);
  // Its rows come and go: cleaned by their number, however few of them there are at a time.
  await trx.raw(`
    CREATE TABLE pipeline.lead_count_changes (
      day               date NOT NULL,
      status            text NOT NULL,
      source            text NOT NULL,
      organization_size text,
      change            int NOT NULL
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`);
  // SECURITY DEFINER: writers of leads need no right on the counts, and so cannot falsify them.
  await trx.raw(`
    CREATE FUNCTION lead_count() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    BEGIN
      IF TG_OP = 'UPDATE' THEN
        INSERT INTO pipeline.lead_count_changes (day, status, source, organization_size, change)
        VALUES (${day('OLD.created_at')}, OLD.status, OLD.source, OLD.organization_size, -1),
               (${day('NEW.created_at')}, NEW.status, NEW.source, NEW.organization_size, 1);
      ELSIF TG_OP = 'TRUNCATE' THEN
        -- The lock of whoever folds: what is being folded now would be left.
        PERFORM pg_advisory_xact_lock(hashtext('lead counts'));
        DELETE FROM pipeline.lead_counts_by_status;
        DELETE FROM pipeline.lead_counts_by_source;
        DELETE FROM pipeline.lead_counts_by_filter;
        DELETE FROM pipeline.lead_count_changes;
      ELSE
        INSERT INTO pipeline.lead_count_changes (day, status, source, organization_size, change)
        SELECT ${day('created_at')}, status, source, organization_size,
          count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END
        FROM counted WHERE email NOT LIKE '%@${syntheticDomain}' GROUP BY 1, 2, 3, 4;
      END IF;
      RETURN NULL;
    END $$`);
  // Nobody writes leads from here on until the commit, so what is counted below misses none.
  await trx.raw(`
    CREATE TRIGGER lead_count_inserted AFTER INSERT ON leads
    REFERENCING NEW TABLE AS counted FOR EACH STATEMENT EXECUTE FUNCTION lead_count()`);
  await trx.raw(`
    CREATE TRIGGER lead_count_deleted AFTER DELETE ON leads
    REFERENCING OLD TABLE AS counted FOR EACH STATEMENT EXECUTE FUNCTION lead_count()`);
  await trx.raw(`
    CREATE TRIGGER lead_count_updated AFTER UPDATE OF status, source, organization_size ON leads
    FOR EACH ROW WHEN (
      (OLD.status, OLD.source, OLD.organization_size) IS DISTINCT FROM (NEW.status, NEW.source, NEW.organization_size)
      AND NEW.email NOT LIKE '%@${syntheticDomain}')
    EXECUTE FUNCTION lead_count()`);
  await trx.raw(`
    CREATE TRIGGER lead_count_truncated AFTER TRUNCATE ON leads
    FOR EACH STATEMENT EXECUTE FUNCTION lead_count()`);

  const counted = `count(*) FROM leads WHERE email NOT LIKE '%@${syntheticDomain}'`;
  const fills = [
    `lead_counts_by_status SELECT ${day('created_at')}, status, ${counted} GROUP BY 1, 2`,
    `lead_counts_by_source SELECT ${day('created_at')}, source, ${counted} GROUP BY 1, 2`,
    `lead_counts_by_filter SELECT status, source, organization_size, ${counted} GROUP BY 1, 2, 3`,
  ];
  for (const fill of fills) await trx.raw(`INSERT INTO pipeline.${fill}`);
  const grants = [
    'SELECT, INSERT, UPDATE (count) ON pipeline.lead_counts_by_status TO meander_pipeline',
    'SELECT, INSERT, UPDATE (count) ON pipeline.lead_counts_by_source TO meander_pipeline',
    'SELECT, INSERT, UPDATE (count) ON pipeline.lead_counts_by_filter TO meander_pipeline',
    'SELECT, DELETE ON pipeline.lead_count_changes TO meander_pipeline',
  ];
  for (const grant of grants) await trx.raw(`GRANT ${grant}`);
}
