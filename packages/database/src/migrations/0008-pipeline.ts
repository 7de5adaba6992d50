import type { Knex } from 'knex';

/** The history of moves, and the keys that open the pipeline and notification APIs. */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE TABLE pipeline.transitions (
      id          uuid PRIMARY KEY,
      lead_id     uuid NOT NULL REFERENCES leads (id),
      from_status text NOT NULL,
      to_status   text NOT NULL,
      reason      text,
      moved_by    text NOT NULL,
      moved_at    timestamptz NOT NULL,
      lead_version int NOT NULL,
      CONSTRAINT transition_once UNIQUE (lead_id, lead_version)
    )`);
  await trx.raw('CREATE INDEX transitions_by_time ON pipeline.transitions (moved_at)');
  // The secret itself is never stored: 256 random bits need no slow hash, SHA-256 is enough.
  await trx.raw(`
    CREATE TABLE pipeline.api_keys (
      id           uuid PRIMARY KEY,
      name         text NOT NULL,
      prefix       text NOT NULL,
      secret_hash  bytea NOT NULL UNIQUE,
      scopes       text[] NOT NULL,
      created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
      expires_at   timestamptz,
      revoked_at   timestamptz,
      last_used_at timestamptz
    )`);
}
