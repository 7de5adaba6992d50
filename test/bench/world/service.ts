import type { ServiceName } from '@meander/local/service-process';
import { waitUntil } from '@meander/testing';
import { type Copy, startCopy } from '../../faults/world/copy.ts';

/** A service of the product as a process, and how long it took from its start until it was ready, in seconds. */
export type Service = Copy & { secondsToReady: number };

export async function startService(name: ServiceName, env: Record<string, string>): Promise<Service> {
  const began = performance.now();
  // The suite learns the port from the log.
  const copy = await startCopy(name, { ...env, LOG_LEVEL: 'info' });
  try {
    await waitUntil(`${copy.label} is ready`, async () => (await fetch(`${copy.url}/readyz`)).ok, 60);
  } catch (error) {
    await stopService(copy);
    throw error;
  }
  return { ...copy, secondsToReady: (performance.now() - began) / 1_000 };
}

/** Longer than a service takes to stop by itself, in milliseconds. */
const patience = 12_000;

export async function stopService(copy: Copy): Promise<void> {
  copy.signal('SIGTERM');
  const force = setTimeout(() => copy.signal('SIGKILL'), patience);
  await copy.exited;
  clearTimeout(force);
}
