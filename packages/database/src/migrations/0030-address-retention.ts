import type { Knex } from 'knex';

/** Finds the rows whose client address is due to be emptied, without reading the rest. */
export async function up(trx: Knex): Promise<void> {
  await trx.raw('CREATE INDEX leads_with_address ON leads (last_booked_at) WHERE ip_address IS NOT NULL');
  await trx.raw(
    'CREATE INDEX quarantine_with_address ON intake.quarantine (received_at) WHERE ip_address IS NOT NULL',
  );
}
