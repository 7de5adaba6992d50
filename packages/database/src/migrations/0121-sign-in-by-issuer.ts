import type { Knex } from 'knex';

/**
 * A session may also be a person's whom an OpenID Connect issuer has vouched for. What their token allowed when they
 * signed in holds for the session: there is no key behind it that could be revoked, so its end is its time. The
 * secret seals what a browser carries to the issuer and back.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    ALTER TABLE pipeline.sessions
      ALTER COLUMN key_id DROP NOT NULL,
      ADD COLUMN user_id uuid REFERENCES pipeline.users (id) ON DELETE CASCADE,
      ADD COLUMN scopes  text[],
      ADD CONSTRAINT session_of_key_or_user CHECK ((key_id IS NULL) <> (user_id IS NULL)),
      ADD CONSTRAINT session_scopes_of_user CHECK ((user_id IS NULL) = (scopes IS NULL))`);
  await trx.raw(`
    INSERT INTO pipeline.secrets (name, value)
    VALUES ('sign-in', sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())))`);
}
