import { type DatabaseAccess, postgresConnection, sessionSettings } from '@meander/runtime';
import pg from 'pg';
import { roles } from './migrations/0001-roles-and-schemas.ts';
import { migrations } from './migrations/index.ts';

/** What a look at the database found. */
export interface DatabaseState {
  /** As PostgreSQL writes it, such as `18.1`. */
  version: string;
  /** `server_version_num`, such as 180001. */
  versionNumber: number;
  /** The database's clock, and ours in the middle of the question; Unix milliseconds. */
  clock: { theirs: number; ours: number; uncertainty: number };
  /** Migrations of this code that the database has not, in order; undefined where the login may not look. */
  pending: string[] | undefined;
  /** Migrations of the database that this code does not know: the schema is newer. */
  unknown: string[];
  /** Owner roles that do not exist, and those that this login cannot take. */
  missingRoles: string[];
  closedRoles: string[];
}

const deadline = 5_000;

/**
 * Looks at the database and changes nothing.
 *
 * @throws the driver's error, with its code, where there is no way in
 */
export async function inspectDatabase(access: DatabaseAccess): Promise<DatabaseState> {
  const client = new pg.Client({
    ...postgresConnection(access),
    application_name: 'meander-doctor',
    options: sessionSettings({}),
    connectionTimeoutMillis: deadline,
    query_timeout: deadline,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    const asked = Date.now();
    const { rows } = await client.query(`SELECT current_setting('server_version') AS version,
      current_setting('server_version_num')::int AS number,
      extract(epoch FROM clock_timestamp())::float8 * 1000 AS now`);
    const answered = Date.now();
    const [{ version, number, now }] = rows;
    const known = await appliedMigrations(client);
    const held = await client.query<{ name: string; there: boolean; open: boolean }>(
      `SELECT name, rolname IS NOT NULL AS there,
         coalesce(pg_has_role(current_user, pg_roles.oid, 'MEMBER'), false) AS open
       FROM unnest($1::text[]) AS name LEFT JOIN pg_roles ON rolname = name`,
      [[...roles]],
    );
    return {
      version,
      versionNumber: number,
      clock: { theirs: now, ours: (asked + answered) / 2, uncertainty: (answered - asked) / 2 },
      pending: known && Object.keys(migrations).filter((name) => !known.includes(name)),
      unknown: (known ?? []).filter((name) => !Object.hasOwn(migrations, name)),
      missingRoles: held.rows.filter(({ there }) => !there).map(({ name }) => name),
      closedRoles: held.rows.filter(({ there, open }) => there && !open).map(({ name }) => name),
    };
  } finally {
    await client.end().catch(() => {});
  }
}

/** The names of those that were applied; undefined where this login may not read them. */
async function appliedMigrations(client: pg.Client): Promise<string[] | undefined> {
  const { rows } = await client.query("SELECT to_regclass('schema_migrations') AS there");
  if (rows[0].there === null) return [];
  try {
    const applied = await client.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY id');
    return applied.rows.map(({ name }) => name);
  } catch (error) {
    if ((error as { code?: unknown }).code === '42501') return undefined;
    throw error;
  }
}
