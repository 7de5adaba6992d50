import { setImmediate as turn } from 'node:timers/promises';
import { createLogger } from '@meander/runtime';
import { waitUntil } from '@meander/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Outcome, silentOutcome } from '../domain/outcome.ts';
import { claimedConfirmation } from '../testing/claimed-confirmation.ts';
import { createSendLoop, mostInHand, mostUnsent } from './send-loop.ts';

const logger = createLogger('test', 'silent');

const connections = 2;

/** A loop over a queue that is broken, or holds so many mails that are due. */
function createLoop({
  fails = false,
  room = Number.POSITIVE_INFINITY,
  due = 0,
  demoSequence = null,
  send = async () => silentOutcome('accepted'),
  settle = async () => {},
}: {
  fails?: boolean;
  room?: number;
  due?: number;
  demoSequence?: number | null;
  send?: () => Promise<Outcome>;
  settle?: () => Promise<void>;
} = {}) {
  /** When each claim was made, by `performance.now()`. */
  const claims: number[] = [];
  let looks = 0;
  let claimed = 0;
  let settled = 0;
  const loop = createSendLoop({
    queue: {
      claim: async (most) => {
        claims.push(performance.now());
        if (fails) throw new Error('database away');
        const taken = Math.min(most, due - claimed);
        claimed += taken;
        return Array.from({ length: taken }, () => ({ ...claimedConfirmation, demo_sequence: demoSequence }));
      },
      renew: async () => {},
      settle,
      suppress: async () => {},
    },
    gate: {
      room: () => {
        looks += 1;
        return room;
      },
      begun: () => {},
      report: () => {},
      probeFirst: async () => {},
      probeIfDue: async () => false,
      dependencies: [],
    },
    mailer: { send },
    render: () => ({ subject: '', text: '', html: '' }),
    settings: {
      from: { name: 'M', address: 'm@meander.example' },
      publicBaseUrl: 'https://meander.example',
      salesEmail: undefined,
      salesLocale: 'nb',
    },
    now: () => new Date(),
    random: () => 0,
    connections,
    settled: () => {
      settled += 1;
    },
    logger,
  });
  return { loop, claims, looks: () => looks, claimed: () => claimed, settled: () => settled };
}

describe('an empty queue', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is asked once, and again when the loop is woken or a second has passed', async () => {
    const { loop, claims } = createLoop();
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
    const { loop, claims, looks } = createLoop({ room: 0 });
    await loop.start();
    loop.wake();
    await vi.advanceTimersByTimeAsync(3_000);
    await loop.stop();
    expect([looks() > 3, claims]).toEqual([true, []]);
  });
});

it('backs off from a database that is away, and still stops at once', async () => {
  const { loop, claims } = createLoop({ fails: true });
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

describe('a queue that was claimed from until nothing was left', () => {
  it.each([
    ['is not asked again for each mail that is done', null, 1],
    ['is asked again for what waited for a mail about the same demo', 1, 2],
  ])('%s', async (_what, demoSequence, expected) => {
    const { loop, claims, settled } = createLoop({ due: 1, demoSequence });
    await loop.start();
    await waitUntil('the mail is settled', () => settled() === 1);
    for (let turns = 0; turns < 20; turns += 1) await turn();
    expect(claims).toHaveLength(expected);
    await loop.stop();
  });
});

describe('a full queue', () => {
  it('is claimed from for as many as the connections will soon have room for', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const { loop, claimed } = createLoop({ due: Number.POSITIVE_INFINITY, send: () => promise });
    await loop.start();
    await waitUntil('it has claimed', () => claimed() > 0);
    for (let turns = 0; turns < 20; turns += 1) await turn();
    expect(claimed()).toBe(mostUnsent(connections));
    const stopped = loop.stop();
    resolve(silentOutcome('accepted'));
    await stopped;
  });

  it('is claimed from while what was sent waits to be settled, up to a bound', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { loop, claimed } = createLoop({ due: Number.POSITIVE_INFINITY, settle: () => promise });
    await loop.start();
    await waitUntil('it holds as much as it may', () => claimed() >= mostInHand(connections));
    for (let turns = 0; turns < 20; turns += 1) await turn();
    expect(claimed()).toBe(mostInHand(connections));
    const stopped = loop.stop();
    resolve();
    await stopped;
  });
});
