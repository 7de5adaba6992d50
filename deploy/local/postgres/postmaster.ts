import { readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from './command.ts';
import { readIfThere } from './files.ts';

/** A server process that is alive, as its lock file tells. */
export interface Postmaster {
  pid: number;
  port: number;
}

const lockFile = (dataDir: string) => join(dataDir, 'postmaster.pid');

/** The live server of this data folder. It may be just starting, or stopping. */
export async function findPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const [pid, , , port] = ((await readIfThere(lockFile(dataDir))) ?? '').split('\n').map(Number);
  if (!pid || !port || !(await isPostmaster(pid, dataDir))) return undefined;
  return { pid, port };
}

/**
 * Puts away a lock file that a kill left behind. PostgreSQL does so by itself when the process id in it is free;
 * after a reboot, say, some other program of ours may have got it, and PostgreSQL would not start.
 *
 * Between our look and the removal another start may have put a valid one there: so it is moved, looked at, and
 * moved back if it is not the one we meant.
 */
export async function removeStaleLock(dataDir: string): Promise<void> {
  const text = await readIfThere(lockFile(dataDir));
  if (text === undefined || (await isPostmaster(Number.parseInt(text, 10), dataDir))) return;
  const aside = `${lockFile(dataDir)}.${process.pid}.stale`;
  try {
    await rename(lockFile(dataDir), aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) === text) await rm(aside);
  else await rename(aside, lockFile(dataDir));
}

/**
 * Whether this process is the server of this data folder. An id alone proves nothing: ids are used again.
 * A process that has ended but was not yet collected by its parent counts as gone.
 */
export async function isPostmaster(pid: number, dataDir: string): Promise<boolean> {
  if (process.platform === 'linux') {
    const [program = '', ...args] = (await commandLine(pid)).split('\0');
    const folder = args[args.indexOf('-D') + 1];
    return basename(program) === 'postgres' && folder !== undefined && (await samePath(folder, dataDir));
  }
  if (process.platform === 'win32') {
    const { output } = await run('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH']);
    return output.toLowerCase().includes('"postgres.exe"');
  }
  const { output } = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  return output.includes('postgres') && output.includes(dataDir);
}

/** Read from /proc: a slim container has no `ps`. */
async function commandLine(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}

export async function samePath(a: string, b: string): Promise<boolean> {
  const [realA, realB] = await Promise.all([a, b].map((path) => realpath(path).catch(() => path)));
  return realA === realB;
}
