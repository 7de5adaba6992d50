import type { Knex } from 'knex';

/**
 * Who is signed in to the board. Kept of a session is the hash of its secret (256 random bits), so that a copy
 * of the table signs nobody in; and the key that opened it, whose scopes and revocation hold for the session
 * on every request.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE TABLE pipeline.sessions (
      secret_hash bytea PRIMARY KEY,
      key_id      uuid NOT NULL REFERENCES pipeline.api_keys (id) ON DELETE CASCADE,
      locale      text NOT NULL,
      created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
      expires_at  timestamptz NOT NULL,
      CONSTRAINT locale_enum_constraint CHECK (locale IN ('nb', 'en'))
    )`);
  await trx.raw('CREATE INDEX sessions_by_expiry ON pipeline.sessions (expires_at)');
  await trx.raw('GRANT SELECT, INSERT, DELETE ON pipeline.sessions TO meander_pipeline');
  await trx.raw('GRANT UPDATE (locale) ON pipeline.sessions TO meander_pipeline');
}
