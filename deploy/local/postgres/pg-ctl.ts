import { open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { run } from './command.ts';
import type { ServerUser } from './user.ts';

export interface Server {
  dataDir: string;
  binaries: Binaries;
  user: ServerUser | undefined;
}

/** Why a launch failed. `passing` goes by itself: the next try may succeed. */
export interface LaunchFailure {
  kind: 'passing' | 'port' | 'lasting';
  reason: string;
}

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  // No socket file: its path may be longer than the system allows, and its folder may not be ours to write.
  'unix_socket_directories=',
  // Leaves out the DETAIL of an error, where the values of a refused row would stand. No personal data in logs.
  'log_error_verbosity=terse',
];
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

/** Starts the server in a session of its own and waits until it takes connections. */
export async function launch(server: Server, port: number): Promise<LaunchFailure | undefined> {
  // In the data folder, because that is where the server's user may write.
  const log = join(server.dataDir, 'server.log');
  const logStart = await rotated(log);
  const settings = [`-p ${port}`, ...SETTINGS.map((setting) => `-c ${setting}`)].join(' ');
  const { code } = await pgCtl(server, 'start', ['-w', '-t', '60', '-l', log, '-o', settings]);
  if (code === 0) return undefined;
  return classify(await readFrom(log, logStart), log);
}

/** Ends the server. False when it was still there after half a minute. */
export async function shutDown(server: Server, mode: 'fast' | 'immediate'): Promise<boolean> {
  const { code } = await pgCtl(server, 'stop', ['-w', '-t', '30', '-m', mode]);
  return code === 0;
}

function pgCtl({ binaries, dataDir, user }: Server, action: string, args: string[]) {
  return run(binaries.pgCtl, [action, '-D', dataDir, '-s', ...args], { user, quiet: true });
}

function classify(log: string, file: string): LaunchFailure {
  const reasons = [...log.matchAll(/(?:FATAL|PANIC|^postgres): +(.*)/gm)].map((match) => match[1]);
  const reason = `${reasons[0] ?? 'no reason given'} (see ${file})`;
  if (/could not create any TCP\/IP sockets/.test(log)) return { kind: 'port', reason };
  // Another start was faster; or processes of a server that was killed still hold its memory.
  if (/lock file .* already exists|shared memory block .* is still in use/.test(log)) {
    return { kind: 'passing', reason };
  }
  return { kind: 'lasting', reason };
}

/** The length of the log, which is where the next start's part begins. One old log is kept. */
async function rotated(log: string): Promise<number> {
  const { size } = await stat(log).catch(() => ({ size: 0 }));
  if (size < LOG_LIMIT_BYTES) return size;
  await rename(log, `${log}.1`);
  return 0;
}

async function readFrom(log: string, start: number): Promise<string> {
  const file = await open(log).catch(() => undefined);
  if (!file) return '';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
