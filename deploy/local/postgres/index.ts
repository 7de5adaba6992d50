import { basename, dirname, join, resolve } from 'node:path';
import { prepareBinaries } from './binaries.ts';
import { ensureDataFolder } from './data-folder.ts';
import { databaseUrl, ensureDatabase } from './database.ts';
import { placeData, shelter } from './place.ts';
import { adoptOrStart, stopServer } from './server.ts';
import { canEnter, type ServerUser, serverUser } from './user.ts';

export interface PostgresOptions {
  /** Made at the first start. The superuser's password is kept beside it, in `<dataDir>.password`. */
  dataDir: string;
  /** Port on 127.0.0.1; 0 for any free one. An adopted server keeps the port that it has. */
  port: number;
  /** Made when it is not there. */
  database?: string;
  /** Gets a line about anything out of the ordinary; never a password. */
  log?: (line: string) => void;
}

export interface Postgres {
  /** With the superuser's password in it: not for a log. */
  url: string;
  port: number;
  /** For example `18.4`. */
  version: string;
  /** The server was already running, left behind by a start that was killed. `stop` ends it all the same. */
  adopted: boolean;
  /** Ends the server at once, cutting off open sessions, and waits until it is gone. May be called again. */
  stop(): Promise<void>;
}

/**
 * Runs a PostgreSQL server of our own on loopback, from the binaries that npm installed.
 *
 * The server outlives a Ctrl-C and even a kill of this process, so that services can drain and nothing is cut off
 * in mid-write; whoever starts next on the same folder adopts it. Any number of starts may do so at once.
 * Every error is one line that says what to do.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { port, database = 'meander', log = () => undefined } = options;
  const folder = resolve(options.dataDir);
  const user = await serverUser(folder);
  const dataDir = await placeData(folder, user, log);
  const binaries = await prepareBinaries({ user, log, cacheRoot: () => cacheRoot(dirname(folder), user) });
  const passwordFile = join(dirname(folder), `${basename(folder)}.password`);
  const password = await ensureDataFolder({ dataDir, passwordFile, binaries, user, log });
  const server = { dataDir, binaries, user };
  const running = await adoptOrStart(server, { port, password });
  if (running.adopted) log(`adopted the server that was running (process ${running.pid})`);
  await ensureDatabase({ port: running.port, password }, database);
  let stopped: Promise<void> | undefined;
  return {
    url: databaseUrl({ port: running.port, password }, database),
    port: running.port,
    version: running.version,
    adopted: running.adopted,
    stop() {
      stopped ??= stopServer(server, running.pid);
      return stopped;
    },
  };
}

/** Beside the data, so that it goes when the data goes; for a user that cannot get there, where its data is. */
async function cacheRoot(besideData: string, user: ServerUser | undefined): Promise<string> {
  return !user || (await canEnter(besideData, user)) ? besideData : shelter(user);
}
