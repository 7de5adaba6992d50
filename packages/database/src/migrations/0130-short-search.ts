import type { Knex } from 'knex';

/** What is in every collection of names and addresses: the inside of a bracket expression. */
const common = 'a-pr-vy0-9.@ \\n-';
const holdsRare = `search_text ~ '[^${common}]'`;
/** Two letters or digits behind a character that is not ASCII. */
const isMixed = "search_text ~ '[^\\n -~][a-z0-9]{2}'";

/**
 * Search by one or two characters, to which the trigram index has no answer by itself: a walk through all leads
 * where few or none match. The answer stays that of the pattern, any part of the text; what it takes costs a booking
 * next to nothing:
 *
 * - A pair of letters or digits is asked for behind each ASCII character that may precede it, which makes trigrams.
 * - Leads with a pair behind another character (folding leaves those of other scripts) have an index of their own, which
 *   is all but empty.
 * - So have characters that few leads hold. All others are in so many that a page of matches is found at once.
 */
export async function up(trx: Knex): Promise<void> {
  // As words of letters and digits (` c25 ` for a %): trigrams leave out signs.
  await trx.raw(`
    CREATE FUNCTION rare_characters(folded text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
    DECLARE
      words text := '';
      one text;
    BEGIN
      FOREACH one IN ARRAY string_to_array(regexp_replace(folded, '[${common}]+', '', 'g'), NULL) LOOP
        words := words || ' c' || to_hex(ascii(one)) || ' ';
      END LOOP;
      RETURN words;
    END $$`);
  await trx.raw(`
    CREATE INDEX idx_lead_rare_characters ON leads
    USING gin (rare_characters(search_text) gin_trgm_ops) WHERE ${holdsRare}`);
  // The planner takes nothing from an index that holds some leads only.
  await trx.raw('CREATE STATISTICS lead_rare_characters ON (rare_characters(search_text)) FROM leads');
  await trx.raw(`CREATE INDEX idx_lead_mixed_script ON leads (id) WHERE ${isMixed}`);
  // With a constant query the planner is left with one branch, and a condition of which it knows how many it takes: it
  // walks by the order of the list for what is common, and asks an index for what is rare. (Not STRICT: such a
  // function would not be inlined.)
  await trx.raw(`
    CREATE FUNCTION search_matches(search_text text, query text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE
        WHEN public.fold_text(query) ~ '^[a-z0-9]{2}$' THEN
          search_text ~ ('(^|[\\n -~])' || public.fold_text(query))
          OR (${isMixed} AND strpos(search_text, public.fold_text(query)) > 0)
        WHEN public.fold_text(query) ~ '^[^${common}]$' THEN
          ${holdsRare} AND public.rare_characters(search_text) LIKE '%' || public.rare_characters(public.fold_text(query)) || '%'
        WHEN public.fold_text(query) ~ '^..$' AND public.fold_text(query) ~ '[^${common}]' THEN
          ${holdsRare} AND public.rare_characters(search_text) LIKE '%' || public.rare_characters(public.fold_text(query)) || '%'
          AND search_text LIKE public.search_pattern(query)
        ELSE search_text LIKE public.search_pattern(query)
      END $$`);
  await trx.raw(
    'GRANT EXECUTE ON FUNCTION rare_characters(text), search_matches(text, text) TO meander_pipeline',
  );
}
