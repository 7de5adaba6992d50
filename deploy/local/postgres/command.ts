import { spawn } from 'node:child_process';
import { parse } from 'node:path';
import type { ServerUser } from './user.ts';

export interface Outcome {
  /** null when the program could not be started at all, or a signal ended it. */
  code: number | null;
  /** What it wrote, both streams together; empty for a `quiet` run. */
  output: string;
}

interface RunOptions {
  /** Run as this user; only root may ask for one. */
  user?: ServerUser | undefined;
  /**
   * Give the program no pipe to write to. A server that it leaves behind would keep the pipe open on Windows,
   * and the run would never end.
   */
  quiet?: boolean;
}

/** Runs a program to its end. Never rejects: a program that does not exist is an outcome too. */
export function run(
  file: string,
  args: string[],
  { user, quiet = false }: RunOptions = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      ...(user && { uid: user.uid, gid: user.gid }),
      // Not ours: the user above may have no right to enter it.
      cwd: parse(process.execPath).root,
      env: environment(),
      stdio: quiet ? 'ignore' : ['ignore', 'pipe', 'pipe'],
      // On Windows a Ctrl-C goes to every process of the console, and would end the server before the services
      // are done with it. A console of its own keeps it out. Elsewhere pg_ctl starts a session of its own.
      detached: process.platform === 'win32',
      windowsHide: true,
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', (error) => resolve({ code: null, output: error.message }));
    child.on('close', (code) => resolve({ code, output: output.trim() }));
  });
}

/** PGPORT, PGDATA, PGOPTIONS and their like belong to another server. LC_ALL=C: messages that we can read. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^PG[A-Z]/i.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}
