import type { Knex } from 'knex';

/**
 * Search over name, email and organization: any part of a word, whatever its case and accents (`Bjorn` finds
 * `Bjørn`). `search_text` holds the folded values, one a line, kept by the database itself; the trigram index
 * answers a pattern from three characters on. Both extensions are trusted: the owner of the database may
 * create them without being a superuser.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw('CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public');
  await trx.raw('CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public');
  // unaccent(text) is only "stable", since somebody may edit its dictionary; with a named one that does not change
  // it may be stored. Folding first and lower-casing then makes Ø an o whatever the locale of the database.
  await trx.raw(`
    CREATE FUNCTION fold_text(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, value)) $$`);
  // What folding makes of a full-width % is a % again, so the wildcards of LIKE are escaped after it.
  await trx.raw(`
    CREATE FUNCTION search_pattern(query text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$ SELECT '%' || regexp_replace(public.fold_text(query), '([\\\\%_])', '\\\\\\1', 'g') || '%' $$`);
  await trx.raw(`
    ALTER TABLE leads ADD COLUMN search_text text NOT NULL GENERATED ALWAYS AS (
      public.fold_text(first_name || ' ' || last_name || E'\\n' || email || E'\\n' || organization_name)) STORED`);
  await trx.raw('CREATE INDEX idx_lead_search ON leads USING gin (search_text gin_trgm_ops)');
  await trx.raw('GRANT EXECUTE ON FUNCTION fold_text(text), search_pattern(text) TO meander_pipeline');

  // One index for each order of the list (idx_lead_created_at serves the first), and for each filter, alone and
  // together, in the order that the list has by itself: a rare combination must not walk through all leads.
  const indexes = {
    idx_lead_updated_at: 'updated_at, id',
    idx_lead_last_booked_at: 'last_booked_at, id',
    idx_lead_organization_name_id: 'organization_name, id',
    idx_lead_status_created_at: 'status, created_at, id',
    idx_lead_source_created_at: 'source, created_at, id',
    idx_lead_organization_size_created_at: 'organization_size, created_at, id',
    idx_lead_organization_size_status: 'organization_size, status, created_at, id',
    idx_lead_filters: 'source, organization_size, status, created_at, id',
  };
  for (const [name, columns] of Object.entries(indexes))
    await trx.raw(`CREATE INDEX ${name} ON leads (${columns})`);
  // Tells the planner which combinations are rare, which it cannot know from each column alone.
  await trx.raw('CREATE STATISTICS lead_filters (mcv) ON status, source, organization_size FROM leads');
  await trx.raw('ALTER STATISTICS lead_filters SET STATISTICS 1000');
}
