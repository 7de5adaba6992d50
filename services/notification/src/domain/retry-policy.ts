import type { DeliveryState } from './delivery.ts';
import type { Outcome } from './outcome.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** When a mail is tried again, all in one place; milliseconds. */
export const retryPolicy = {
  /** The waits after the first, second, … deferred attempt; the last one repeats. */
  waits: [minute, 5 * minute, 15 * minute, hour, 4 * hour, 8 * hour, 12 * hour],
  /** From the first attempt that counted; the last attempt is made at its end. */
  giveUpAfter: 72 * hour,
  /** Waits are spread by this share both ways, so that what failed together does not return together. */
  spread: 0.2,
  /** Attempts with an unknown outcome: each may have been a copy in the mailbox, so there is one more and no third. */
  mostUnknown: 2,
  /** A fault of the relay is nobody's attempt. The pause is what waits, not the mail. */
  afterPause: second,
  /** A fault of ours that concerns this mail alone (its template, "relay access denied") needs somebody to act. */
  afterOwnFault: 15 * minute,
} as const;

/** What the delivery becomes after an attempt. */
export interface Verdict {
  state: DeliveryState;
  /** Milliseconds until the next attempt; null where there is none. */
  waitMs: number | null;
  /** Whether the attempt counts against the delivery. */
  counts: boolean;
}

/** What the decision needs to know of the attempts so far, the one just made included where it counts. */
export interface Attempts {
  counted: number;
  unknown: number;
  /** How long ago the first counted attempt was made, in milliseconds; 0 if this is the first. */
  sinceFirstMs: number;
}

/**
 * Decides what follows from an outcome.
 *
 * @param random a number from 0 to 1
 */
export function decideRetry(outcome: Outcome, attempts: Attempts, random: number): Verdict {
  const { waits, giveUpAfter, spread, mostUnknown, afterPause, afterOwnFault } = retryPolicy;
  const spreadOut = (wait: number) => Math.round(wait * (1 - spread + 2 * spread * random));
  const again = (waitMs: number, counts: boolean): Verdict => ({ state: 'retrying', waitMs, counts });
  const failed: Verdict = { state: 'failed', waitMs: null, counts: true };

  /** The last attempt falls on the end of the window, so that an outage as long as it loses nothing. */
  const backOff = (): Verdict => {
    const left = giveUpAfter - attempts.sinceFirstMs;
    const wait = waits[Math.min(attempts.counted, waits.length) - 1] ?? minute;
    return left <= 0 ? failed : again(Math.min(spreadOut(wait), left), true);
  };

  switch (outcome.kind) {
    case 'accepted':
      return { state: 'sent', waitMs: null, counts: true };
    case 'rejected':
      return failed;
    case 'deferred':
      return backOff();
    case 'unknown':
      return attempts.unknown >= mostUnknown ? failed : backOff();
    case 'away':
      return again(spreadOut(afterPause), false);
    case 'own_fault':
      return again(spreadOut(outcome.pauses ? afterPause : afterOwnFault), false);
    case 'interrupted':
      return again(0, false);
  }
}
