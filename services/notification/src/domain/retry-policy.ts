import type { DeliveryState, Outcome } from './delivery.ts';

const minute = 60_000;
const hour = 60 * minute;

/** The waits after the first, second, … deferred attempt, in milliseconds; the last one repeats. */
export const retryWaits = [minute, 5 * minute, 15 * minute, hour, 4 * hour, 8 * hour, 12 * hour] as const;
/** A delivery that is this old when an attempt is deferred has failed, in milliseconds. */
export const retryFor = 72 * hour;
/** A fault of the relay is nobody's attempt: it is tried again this soon, in milliseconds. */
export const ownFaultWait = minute / 2;
/** Waits are spread by ±20 %, so that what failed together does not return together. */
const spread = 0.2;

/** What the delivery becomes after an attempt. */
export interface Verdict {
  state: DeliveryState;
  /** Milliseconds until the next attempt; null where there is none. */
  waitMs: number | null;
  /** Whether the attempt counts against the delivery. */
  counts: boolean;
}

/**
 * Decides what follows from an outcome.
 *
 * @param attempts how many attempts counted, this one included
 * @param ageMs how long ago the delivery was made
 * @param random a number from 0 to 1
 */
export function decideRetry(outcome: Outcome, attempts: number, ageMs: number, random: number): Verdict {
  const spreadOut = (wait: number) => Math.round(wait * (1 - spread + 2 * spread * random));
  switch (outcome.kind) {
    case 'accepted':
      return { state: 'sent', waitMs: null, counts: true };
    case 'rejected':
      return { state: 'failed', waitMs: null, counts: true };
    case 'own_fault':
      return { state: 'retrying', waitMs: spreadOut(ownFaultWait), counts: false };
    case 'deferred': {
      const wait = retryWaits[Math.min(attempts, retryWaits.length) - 1] ?? minute;
      return ageMs + wait > retryFor
        ? { state: 'failed', waitMs: null, counts: true }
        : { state: 'retrying', waitMs: spreadOut(wait), counts: true };
    }
  }
}
