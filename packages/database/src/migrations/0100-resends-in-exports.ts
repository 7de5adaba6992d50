import type { Knex } from 'knex';

/** What is held of a person is told to that person, who asked for a mail once more included (GDPR, article 15). */
export async function up(trx: Knex): Promise<void> {
  await trx.raw('GRANT SELECT ON intake.resends TO meander_pipeline');
}
