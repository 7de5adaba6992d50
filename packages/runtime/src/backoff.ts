import { setTimeout as delay } from 'node:timers/promises';

/** Full jitter between half and the whole of an exponentially growing wait, in milliseconds. */
export function backoffDelay(attempt: number, { first = 200, most = 10_000 } = {}): number {
  const ceiling = Math.min(most, first * 2 ** Math.min(attempt - 1, 30));
  return ceiling / 2 + Math.random() * (ceiling / 2);
}

/** Waits for `milliseconds`, or until `signal` ends the wait; never throws. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, signal ? { signal } : {}).catch(() => {});
}
