import type { Knex } from 'knex';

/** As in @meander/lead: a domain that is nobody's for ever (RFC 2606). */
const syntheticDomain = 'synthetic.meander.invalid';

/**
 * Made-up leads, which the doctor and the canary book to try the whole way. The mark is a row of its own and not
 * a column of `leads`: it is made by the database from the address alone, whoever writes; the few marked ids are
 * taken off by `id`, which every index of leads holds, so that counting stays a matter of the index.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE TABLE synthetic_leads (
      lead_id   uuid PRIMARY KEY REFERENCES leads (id) ON DELETE CASCADE,
      marked_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`);
  await trx.raw(`
    CREATE FUNCTION lead_mark_synthetic() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    BEGIN
      INSERT INTO public.synthetic_leads (lead_id) VALUES (NEW.id);
      RETURN NULL;
    END $$`);
  // The condition is judged without calling the function: a visitor's booking pays nothing for it.
  await trx.raw(`
    CREATE TRIGGER lead_mark_synthetic AFTER INSERT ON leads
    FOR EACH ROW WHEN (NEW.email LIKE '%@${syntheticDomain}') EXECUTE FUNCTION lead_mark_synthetic()`);
  // Whoever may act for any service may take a made-up lead away, and can take away no other.
  await trx.raw(`
    CREATE FUNCTION remove_synthetic_lead(id uuid) RETURNS boolean LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    BEGIN
      PERFORM FROM public.synthetic_leads WHERE lead_id = remove_synthetic_lead.id FOR UPDATE;
      IF NOT FOUND THEN RETURN false; END IF;
      DELETE FROM notification.deliveries WHERE lead_id = remove_synthetic_lead.id;
      DELETE FROM pipeline.transitions WHERE lead_id = remove_synthetic_lead.id;
      DELETE FROM intake.submissions WHERE lead_id = remove_synthetic_lead.id;
      DELETE FROM public.leads WHERE leads.id = remove_synthetic_lead.id;
      RETURN true;
    END $$`);
  await trx.raw('REVOKE EXECUTE ON FUNCTION remove_synthetic_lead(uuid) FROM PUBLIC');
  // The canary's one row: any number of copies agree on whose turn it is, and tell the same of the last run.
  await trx.raw(`
    CREATE TABLE intake.canary (
      is_the_one   boolean PRIMARY KEY DEFAULT true CHECK (is_the_one),
      started_at   timestamptz,
      succeeded_at timestamptz
    )`);
  await trx.raw('INSERT INTO intake.canary DEFAULT VALUES');
  const grants = [
    'SELECT ON synthetic_leads TO meander_messaging, meander_intake, meander_notification, meander_pipeline',
    'EXECUTE ON FUNCTION remove_synthetic_lead(uuid) TO meander_messaging',
    'SELECT ON intake.canary TO meander_intake',
    'UPDATE (started_at, succeeded_at) ON intake.canary TO meander_intake',
    // So that a service's own login can say which migrations are missing.
    'SELECT ON schema_migrations TO meander_messaging',
  ];
  for (const grant of grants) await trx.raw(`GRANT ${grant}`);
}
