import type { Knex } from 'knex';

/**
 * Whether a lead has already had the very submission that is being taken in, from a request that was answered only
 * after this one had come: a click that was made twice. VOLATILE, so that it sees what was committed while the
 * statement that asks has waited for the lead.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE FUNCTION intake.is_repeated(lead uuid, arrived_at timestamptz, fields jsonb, attribution jsonb)
    RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
    BEGIN
      RETURN EXISTS (
        SELECT FROM intake.submissions AS earlier
        WHERE earlier.lead_id = lead AND earlier.received_at > arrived_at AND earlier.fields = is_repeated.fields
          AND earlier.attribution IS NOT DISTINCT FROM is_repeated.attribution);
    END $$`);
}
