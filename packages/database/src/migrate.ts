import { postgresConnection, sessionSettings } from '@meander/runtime';
import knex, { type Knex } from 'knex';
import pg from 'pg';
import { type Migration, migrations } from './migrations/index.ts';

/** Any constant that nobody else on the server uses as an advisory lock: "meander" in ASCII, cut to 48 bits. */
const migrationLock = '0x6d65616e6465';

const source: Knex.MigrationSource<string> = {
  getMigrations: async () => Object.keys(migrations),
  getMigrationName: (name) => name,
  getMigration: async (name) => {
    const { up } = migrations[name] as Migration;
    return {
      up,
      down: async () => Promise.reject(new Error('There is no way back: restore, or fix forward.')),
    };
  },
};

/**
 * Brings the database to the newest schema and returns the names of the migrations that it applied (empty
 * when there was nothing to do). Safe to run again, and from several places at once: the others wait on an
 * advisory lock, which a crash releases, and then find nothing to do.
 *
 * @param ca the certificates (PEM) that vouch for a database whose CA the system does not know
 */
export async function migrate(databaseUrl: string, ca?: string): Promise<string[]> {
  const access = {
    ...postgresConnection({ url: databaseUrl, ca }),
    application_name: 'meander-migrate',
    options: sessionSettings({}),
  };
  const lock = new pg.Client(access);
  lock.on('error', () => {});
  await lock.connect();
  const db = knex({
    client: 'pg',
    connection: access as Knex.PgConnectionConfig,
    pool: { min: 0, max: 2 },
    migrations: { migrationSource: source, tableName: 'schema_migrations' },
    compileSqlOnError: false,
  });
  try {
    await lock.query('SELECT pg_advisory_lock($1::bigint)', [Number(migrationLock)]);
    // knex's own lock row is left behind by a crash; under the advisory lock nobody can be holding it.
    if (await db.schema.hasTable('schema_migrations_lock')) await db.migrate.forceFreeMigrationsLock();
    const [, applied] = (await db.migrate.latest()) as [number, string[]];
    return applied;
  } finally {
    await db.destroy();
    await lock.end();
  }
}
