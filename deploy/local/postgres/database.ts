import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

export interface Login {
  port: number;
  password: string;
}

const user = 'postgres';

export function databaseUrl({ port, password }: Login, database: string): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** Who answers at this port. Rejects while nobody does, or one that is only just starting or stopping. */
export function askServer(login: Login): Promise<{ version: string; dataDir: string }> {
  return withClient(login, async (client) => {
    const { rows } = await client.query(
      "select current_setting('server_version') as version, current_setting('data_directory') as data_dir",
    );
    return { version: rows[0].version, dataDir: rows[0].data_dir };
  });
}

/** Two that create it at once is no fault: the loser finds it there at the next look. */
export async function ensureDatabase(login: Login, database: string): Promise<void> {
  await withClient(login, async (client) => {
    for (let tries = 1; ; tries++) {
      const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
      if (rowCount) return;
      try {
        await client.query(`create database ${client.escapeIdentifier(database)}`);
      } catch (error) {
        // duplicate_database, unique_violation, object_in_use (of the template).
        const lostRace = ['42P04', '23505', '55006'].includes(String((error as pg.DatabaseError).code));
        if (!lostRace || tries === 50) throw error;
        await pause(50);
      }
    }
  });
}

async function withClient<T>({ port, password }: Login, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user,
    password,
    database: 'postgres',
    ssl: false,
    connectionTimeoutMillis: 3_000,
    query_timeout: 30_000,
  });
  // Without a listener a server that dies under us would end this process too.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
