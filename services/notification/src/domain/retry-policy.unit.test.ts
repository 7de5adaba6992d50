import { describe, expect, it } from 'vitest';
import { silentOutcome } from './outcome.ts';
import { decideRetry, retryPolicy } from './retry-policy.ts';

const hour = 3_600_000;
const deferred = silentOutcome('deferred');
const first = { counted: 1, unknown: 0, sinceFirstMs: 0 };

/** All attempts of a mail that is deferred every time: when each is made, in milliseconds from the first. */
function timesOfAttempts(random: () => number): number[] {
  const times = [0];
  for (;;) {
    const sinceFirstMs = times.at(-1) ?? 0;
    const verdict = decideRetry(deferred, { counted: times.length, unknown: 0, sinceFirstMs }, random());
    if (verdict.state === 'failed') return times;
    times.push(sinceFirstMs + (verdict.waitMs ?? 0));
  }
}

describe('a deferred mail', () => {
  it.each([
    [1, 60_000],
    [2, 5 * 60_000],
    [3, 15 * 60_000],
    [4, hour],
    [5, 4 * hour],
    [6, 8 * hour],
    [7, 12 * hour],
    [8, 12 * hour],
  ])('waits after attempt %i for %i ms, spread by a fifth', (counted, wait) => {
    const waits = [0, 0.5, 1].map((random) => decideRetry(deferred, { ...first, counted }, random).waitMs);
    expect(waits).toEqual([wait * 0.8, wait, wait * 1.2]);
  });

  it.each([0, 0.5, 1])('is tried to the very end of 72 hours, and fails then (spread %f)', (random) => {
    const times = timesOfAttempts(() => random);
    expect(times.at(-1)).toBe(72 * hour);
    expect(times.length).toBeGreaterThanOrEqual(11);
    expect(times.length).toBeLessThanOrEqual(15);
  });

  it('is tried ever more seldom', () => {
    const times = timesOfAttempts(() => 0.5).slice(0, -1);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
  });
});

it('a refused mail fails at once', () => {
  expect(decideRetry(silentOutcome('rejected'), first, 0.5)).toEqual({
    state: 'failed',
    waitMs: null,
    counts: true,
  });
});

it('SMT-05 a mail of unknown outcome gets one more copy and no third', () => {
  const unknown = silentOutcome('unknown');
  expect(decideRetry(unknown, { ...first, unknown: 1 }, 0.5)).toMatchObject({
    state: 'retrying',
    counts: true,
  });
  expect(decideRetry(unknown, { ...first, counted: 2, unknown: 2 }, 0.5).state).toBe('failed');
});

it.each(['away', 'own_fault', 'interrupted'] as const)(
  'an attempt that ends as %s costs nothing, however old the mail is',
  (kind) => {
    const old = { counted: 9, unknown: 0, sinceFirstMs: 1000 * hour };
    expect(decideRetry(silentOutcome(kind), old, 0.5)).toMatchObject({ state: 'retrying', counts: false });
  },
);

it('a mail that waits for the relay is due soon after it, one that waits for us is not', () => {
  const paused = decideRetry({ ...silentOutcome('own_fault'), pauses: 'login' }, first, 0.5);
  expect(paused.waitMs).toBe(retryPolicy.afterPause);
  expect(decideRetry(silentOutcome('own_fault'), first, 0.5).waitMs).toBe(retryPolicy.afterOwnFault);
});
