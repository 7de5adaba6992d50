import { setTimeout as pause } from 'node:timers/promises';
import { askServer } from './database.ts';
import { launch, type Server, shutDown } from './pg-ctl.ts';
import { portError, tryPort } from './port.ts';
import { findPostmaster, isPostmaster, type Postmaster, removeStaleLock, samePath } from './postmaster.ts';

export interface Running extends Postmaster {
  version: string;
  /** It was there already, from a start that was killed or that goes on beside us. */
  adopted: boolean;
}

interface Wish {
  /** 0 for any free one. */
  port: number;
  password: string;
}

const START_DEADLINE_MS = 90_000;
const GONE_DEADLINE_MS = 10_000;

/**
 * Adopts the live server of the data folder, or starts one. Goes round until one of them answers, for what a look
 * finds may change under it: another start wins the race, the processes of a killed server are on their way out.
 */
export async function adoptOrStart(server: Server, wish: Wish): Promise<Running> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    const found = await attempt(server, wish);
    if (typeof found !== 'string') return found;
    if (Date.now() > deadline) {
      throw new Error(`PostgreSQL did not start in ${START_DEADLINE_MS / 1_000} s: ${found}`);
    }
    await pause(50);
  }
}

/** The running server, or why there is none yet. Throws when waiting cannot help. */
async function attempt(server: Server, wish: Wish): Promise<Running | string> {
  const live = await findPostmaster(server.dataDir);
  if (live) return answer(server, live, wish, true);

  const free = await tryPort(wish.port);
  if ('fault' in free) {
    // Perhaps it is this folder's own server, started by somebody else since we looked.
    if (await findPostmaster(server.dataDir)) return free.fault;
    throw portError(wish.port, free.fault);
  }
  await removeStaleLock(server.dataDir);
  const failure = await launch(server, free.port);
  const started = await findPostmaster(server.dataDir);
  if (started) return answer(server, started, wish, failure !== undefined);
  if (!failure) return 'it ended right after its start';
  if (failure.kind === 'passing') return failure.reason;
  if (failure.kind === 'port') throw portError(free.port, 'the port is taken');
  throw new Error(`PostgreSQL does not start: ${failure.reason}`);
}

async function answer(
  { dataDir }: Server,
  { pid, port }: Postmaster,
  { password }: Wish,
  adopted: boolean,
): Promise<Running | string> {
  try {
    const said = await askServer({ port, password });
    // A server of another folder may have the port, while ours has not bound it yet.
    if (!(await samePath(said.dataDir, dataDir))) return `port ${port} belongs to another server`;
    return { pid, port, version: said.version, adopted };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === '28P01')
      throw new Error(`PostgreSQL: its password is not the one kept for ${dataDir}`, { cause });
    return `process ${pid} does not answer on port ${port} (${message})`;
  }
}

/**
 * Ends the server and waits until its process is gone. Sessions that are open are cut off. Does nothing if that
 * process has ended already, even if another start has put a new one in its place.
 */
export async function stopServer(server: Server, pid: number): Promise<void> {
  if ((await findPostmaster(server.dataDir))?.pid === pid) {
    // `immediate` is a crash to PostgreSQL: it loses nothing that was committed, and the next start recovers.
    if (!(await shutDown(server, 'fast'))) await shutDown(server, 'immediate');
  }
  const deadline = Date.now() + GONE_DEADLINE_MS;
  while (await isPostmaster(pid, server.dataDir)) {
    if (Date.now() > deadline) throw new Error(`PostgreSQL: process ${pid} does not end`);
    await pause(20);
  }
}
