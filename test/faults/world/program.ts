import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A server that the suite has started: it may freeze and kill it, with everything it has started itself. */
export interface Program {
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

/**
 * Starts a program as the head of a process group of its own; what it writes goes to `log`.
 *
 * @param command the program and its arguments; it must not detach itself
 */
export function startProgram(
  command: readonly string[],
  { env, log }: { env: Record<string, string>; log: string },
): Program {
  const [file = '', ...args] = command;
  const output = openSync(log, 'a');
  const child: ChildProcess = spawn(file, args, { env, detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  const exited = once(child, 'exit').catch(() => {});
  const signal = (name: NodeJS.Signals) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  return {
    signal,
    async kill() {
      signal('SIGCONT');
      signal('SIGKILL');
      await exited;
    },
  };
}

/** Runs a program to its end and returns what it wrote. @throws where it fails, or takes a minute */
export async function runProgram(
  command: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const [file = '', ...args] = command;
  const { stdout } = await execute(file, args, { env, timeout: 60_000, maxBuffer: 10_000_000 });
  return stdout.trim();
}
