import { setImmediate as turn } from 'node:timers/promises';
import { createLogger } from '@meander/runtime';
import { waitUntil } from '@meander/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSendLoop } from './send-loop.ts';

const logger = createLogger('test', 'silent');

/** A loop over a queue that is empty, or broken. */
function idle({ fails = false, room = Number.POSITIVE_INFINITY } = {}) {
  /** When each claim was made, by `performance.now()`. */
  const claims: number[] = [];
  let looks = 0;
  const loop = createSendLoop({
    queue: {
      claim: async () => {
        claims.push(performance.now());
        if (fails) throw new Error('database away');
        return [];
      },
      renew: async () => {},
      settle: async () => {},
      suppress: async () => {},
    },
    gate: {
      room: () => {
        looks += 1;
        return room;
      },
      begun: () => {},
      report: () => {},
      probeIfDue: async () => false,
      dependencies: [],
    },
    mailer: { send: () => Promise.reject(new Error('nothing is sent')) },
    render: () => ({ subject: '', text: '', html: '' }),
    settings: {
      from: { name: 'M', address: 'm@meander.example' },
      publicBaseUrl: 'https://meander.example',
      salesEmail: undefined,
      salesLocale: 'nb',
    },
    now: () => new Date(),
    random: () => 0,
    connections: 2,
    settled: () => {},
    logger,
  });
  return { loop, claims, looks: () => looks };
}

describe('an empty queue', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is asked once, and again when the loop is woken or a second has passed', async () => {
    const { loop, claims } = idle();
    await loop.start();
    await vi.advanceTimersByTimeAsync(900);
    expect(claims).toHaveLength(1);
    loop.wake();
    await turn();
    expect(claims).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(900);
    expect(claims).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(100);
    expect(claims).toHaveLength(3);
    await loop.stop();
  });

  it('is not asked at all while the relay is away', async () => {
    const { loop, claims, looks } = idle({ room: 0 });
    await loop.start();
    loop.wake();
    await vi.advanceTimersByTimeAsync(3_000);
    await loop.stop();
    expect([looks() > 3, claims]).toEqual([true, []]);
  });
});

it('backs off from a database that is away, and still stops at once', async () => {
  const { loop, claims } = idle({ fails: true });
  await loop.start();
  await waitUntil('it has failed three times', () => claims.length >= 3);
  const waits = claims.slice(1).map((time, index) => time - (claims[index] ?? 0));
  // At least half of 200 and of 400 ms; a timer may be a millisecond early.
  expect(waits[0]).toBeGreaterThan(98);
  expect(waits[1]).toBeGreaterThan(198);

  let isOver = false;
  void loop.stop().then(() => {
    isOver = true;
  });
  // However slow the machine is, so few turns are over long before the next pause is.
  for (let turns = 0; turns < 20; turns += 1) await turn();
  expect(isOver).toBe(true);
});
