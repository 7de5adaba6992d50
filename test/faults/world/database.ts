import { chmodSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrate } from '@meander/database';
import { type Postgres, startPostgres } from '@meander/local/postgres';
import { waitUntil } from '@meander/testing';
import knex, { type Knex } from 'knex';

/** A PostgreSQL 18 of the suite's own. */
export interface DatabaseServer {
  url: string;
  version: string;
  /** As its superuser, past every cable. */
  db: Knex;
  /** A clean stop, with open sessions cut off; then a start. */
  restart(): Promise<void>;
  /** SIGKILL for the whole server: the next start recovers from its log. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  remove(): Promise<void>;
}

/** @param folder where its data goes; a user without rights must be able to pass through */
export async function startDatabase(folder: string): Promise<DatabaseServer> {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o711);
  const dataDir = join(folder, 'postgres');
  let server: Postgres = await startPostgres({ dataDir, port: 0 });
  const { port, url, version } = server;
  await migrate(url);
  const db = knex({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: 'faults',
      query_timeout: 30_000,
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: 4 },
    log: { debug() {}, warn() {}, error() {}, deprecate() {} },
  });
  const start = async () => {
    server = await startPostgres({ dataDir, port });
  };
  return {
    url,
    version,
    db,
    start,
    stop: () => server.stop(),
    async restart() {
      await server.stop();
      await start();
    },
    async crash() {
      const pid = Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      process.kill(pid, 'SIGKILL');
      await waitUntil('the postmaster is gone', () => !isAlive(pid));
    },
    async remove() {
      await db.destroy();
      await server.stop();
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
