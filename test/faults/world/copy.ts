import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ServiceName } from '@meander/local/service-process';
import { nodeArguments } from '@meander/runtime';
import { waitUntil } from '@meander/testing';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What is different about a copy. */
export interface CopyOptions {
  env?: Record<string, string>;
  /** Modules that are loaded before the service, to bring a fault into its process. */
  preload?: readonly string[];
  /** The checkout that it runs from, where that is another version. */
  checkout?: string;
}

/** One copy of a service: a process of its own, as in production. */
export interface Copy {
  name: ServiceName;
  /** For messages: the service, and the how manieth copy. */
  label: string;
  pid: number;
  url: string;
  metricsUrl: string;
  /** The last lines that it wrote. */
  lines: string[];
  /** False from the moment that the suite ends it. */
  wanted: boolean;
  running(): boolean;
  /** Resolves with how it ended. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  signal(signal: NodeJS.Signals): void;
  /** Resident memory in MiB; 0 once it has ended. */
  memory(): number;
}

const mostLines = 400;
let started = 0;

/** Starts a copy on free ports, and waits until it listens. */
export async function startCopy(
  name: ServiceName,
  env: Record<string, string>,
  options: CopyOptions = {},
): Promise<Copy> {
  started += 1;
  const label = `${name}-${started}`;
  const preloads = (options.preload ?? []).flatMap((module) => ['--import', module]);
  const child: ChildProcess = spawn(
    process.execPath,
    [...nodeArguments, ...preloads, `services/${name}/src/main.ts`],
    {
      cwd: options.checkout ?? root,
      env: { PATH: process.env.PATH, ...env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  const lines: string[] = [];
  const keep = (line: string) => {
    lines.push(line);
    if (lines.length > mostLines) lines.shift();
  };
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface({ input: stream }).on('line', keep);
  const running = () => child.exitCode === null && child.signalCode === null;
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  const { port, metrics_port } = await waitUntil(
    `${label} listens`,
    () => {
      if (!running()) throw new Error(`it ended: ${lines.slice(-3).join(' ')}`);
      const line = lines.find((text) => text.includes('"message":"listening"'));
      return line === undefined ? undefined : (JSON.parse(line) as { port: number; metrics_port: number });
    },
    60,
  );
  const pid = child.pid ?? 0;
  return {
    name,
    label,
    pid,
    url: `http://127.0.0.1:${port}`,
    metricsUrl: `http://127.0.0.1:${metrics_port}/metrics`,
    lines,
    wanted: true,
    running,
    exited,
    signal: (signal) => void child.kill(signal),
    memory: () => (running() ? residentMemory(pid) : 0),
  };
}

function residentMemory(pid: number): number {
  try {
    const status = readFileSync(join('/proc', String(pid), 'status'), 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}
