import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { nodeArguments } from '@meander/runtime';
import { root } from './settings.ts';

export const serviceNames = ['intake', 'notification', 'pipeline'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface ServiceProcess {
  name: ServiceName;
  port: number;
  /** Resolves with what happened when the process ends by itself. */
  ended: Promise<string>;
  /** Asks it to stop and waits until it has. */
  stop(): Promise<void>;
}

/** How long a service may take to stop before it is killed, in milliseconds; it stops within 10 s by itself. */
const stopDeadline = 12_000;

/** Starts one service as a process of its own, on the sources as they are. Its output goes to `print` by line. */
export function startServiceProcess(
  name: ServiceName,
  port: number,
  env: NodeJS.ProcessEnv,
  print: (name: ServiceName, line: string) => void,
): ServiceProcess {
  const child: ChildProcess = spawn(
    process.execPath,
    [...nodeArguments, `services/${name}/src/main.ts`],
    // The channel tells the service when this process has gone, however it went.
    { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => print(name, line));
  }
  const exited = once(child, 'exit');
  return {
    name,
    port,
    ended: exited.then(([code, signal]) => `${name} ended (${signal ?? `exit code ${code}`})`),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const kill = setTimeout(() => child.kill('SIGKILL'), stopDeadline);
        await exited;
        clearTimeout(kill);
      }
    },
  };
}

/** Resolves once the service says that it is ready. */
export async function untilReady({ port, ended }: ServiceProcess): Promise<void> {
  let over: string | undefined;
  void ended.then((reason) => {
    over = reason;
  });
  for (;;) {
    if (over) throw new ServiceEndedError(over);
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A service ended before it was ready; its own last line says why. */
export class ServiceEndedError extends Error {}
