import { setTimeout as delay } from 'node:timers/promises';

/**
 * After how many seconds a test gives up what it waits for. Nothing is proved by this number: it is for a machine that
 * has other things to do, and what comes is there long before.
 */
export const patience = 30;

/**
 * Asks again until `look` gives something other than undefined, null or false, and returns that. What it saw
 * last stands in the error when `seconds` have passed.
 */
export async function waitUntil<T>(
  what: string,
  look: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  seconds = patience,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  let fault: unknown;
  while (performance.now() < end) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== null && seen !== false) return seen;
      fault = undefined;
    } catch (error) {
      fault = error;
    }
    await delay(25);
  }
  throw new Error(`waited ${seconds} s in vain until ${what}`, { cause: fault });
}
