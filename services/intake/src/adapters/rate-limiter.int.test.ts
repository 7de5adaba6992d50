import { setTimeout as delay } from 'node:timers/promises';
import { createLogger } from '@meander/runtime';
import { hasRedisServer, type RedisServer, startRedisServer, waitUntil } from '@meander/testing';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { AttemptLimiter } from '../domain/rate-limit.ts';
import { MemoryWindow } from './memory-window.ts';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';

const logger = createLogger('test', 'silent');

let clients = 0;
const freshClient = () => {
  clients += 1;
  return `client ${clients}`;
};

const allowedOf = async (limiter: AttemptLimiter, client: string, times: number) => {
  const decisions = [];
  for (let n = 0; n < times; n += 1) decisions.push(await limiter.attempt(client));
  return decisions.map(({ allowed }) => allowed);
};

/** A window to be tried, on a clock of its own: `pass` lets so many milliseconds go by. */
interface TriedWindow {
  limiter: AttemptLimiter;
  pass: (milliseconds: number) => Promise<unknown>;
}

/** The rule as anybody would check it, whatever keeps the window. */
function describeWindow(name: string, open: () => Promise<TriedWindow>): void {
  describe(`the rolling window ${name}`, () => {
    let limiter: AttemptLimiter;
    let pass: TriedWindow['pass'];

    beforeAll(async () => {
      ({ limiter, pass } = await open());
    });

    it('lets five through, and says how many are left', async () => {
      const client = freshClient();
      const left = [];
      for (let n = 0; n < 6; n += 1) left.push((await limiter.attempt(client)).remaining);
      expect(left).toEqual([4, 3, 2, 1, 0, 0]);
    });

    it('lets the sixth in precisely when the first has left, and only one more (RAT-03: rolling, not by the clock)', async () => {
      const client = freshClient();
      await limiter.attempt(client);
      await pass(limiter.rule.windowMs / 2);
      await allowedOf(limiter, client, 4);
      const refused = await limiter.attempt(client);
      expect(refused.allowed).toBe(false);
      await pass(refused.resetMs + 2);
      expect(await allowedOf(limiter, client, 2)).toEqual([true, false]);
    });

    it('RAT-05 is not lengthened by refused attempts', async () => {
      const client = freshClient();
      await allowedOf(limiter, client, 5);
      // Each wait is this long at the least: so many are three windows.
      const step = 20;
      const tooMany = (limiter.rule.windowMs * 3) / step;
      let decision = await limiter.attempt(client);
      let refusals = 0;
      while (!decision.allowed && refusals < tooMany) {
        refusals += 1;
        await pass(Math.min(step, decision.resetMs));
        decision = await limiter.attempt(client);
      }
      expect(refusals).toBeGreaterThan(0);
      expect(refusals).toBeLessThan(tooMany);
    });

    it('RAT-15 lets exactly five of fifty at one instant through', async () => {
      const client = freshClient();
      const decisions = await Promise.all(Array.from({ length: 50 }, () => limiter.attempt(client)));
      expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(5);
    });
  });
}

describeWindow('in this process', async () => {
  const rule = { max: 5, windowMs: 3_600_000 };
  let now = 0;
  const memory = new MemoryWindow(rule, () => now);
  return {
    limiter: { rule, attempt: async (client) => memory.attempt(client) },
    pass: async (milliseconds) => {
      now += milliseconds;
    },
  };
});

const redisUrl = inject('redisUrl');
if (redisUrl) {
  const keyPrefix = `${inject('templateName')}:limiter:`;
  let limiter: RateLimiter;
  // By Redis's own clock, which nobody can set: half of the window is more than a busy machine holds a step up.
  const rule = { max: 5, windowMs: 3_000 };
  describeWindow('in Redis', async () => {
    limiter = createRateLimiter({ redis: { url: redisUrl }, keyPrefix, rule, logger });
    await limiter.start();
    await waitUntil('Redis is connected', () => limiter.dependencies[0]?.check().then(() => true));
    return { limiter, pass: delay };
  });

  it('leaves no key in Redis without an expiry', async () => {
    const client = createClient({ url: redisUrl });
    await client.connect();
    await limiter.attempt(freshClient());
    for await (const keys of client.scanIterator({ MATCH: `${keyPrefix}*` })) {
      for (const key of keys) expect(await client.pTTL(key)).toBeGreaterThan(0);
    }
    client.destroy();
  });

  afterAll(() => limiter.stop());
}

if (hasRedisServer) {
  describe('Redis away', () => {
    const long = { max: 5, windowMs: 60_000 };
    let redis: RedisServer;
    let limiter: RateLimiter;

    beforeAll(async () => {
      redis = await startRedisServer();
      limiter = createRateLimiter({ redis: { url: redis.url }, keyPrefix: 'test:', rule: long, logger });
      await limiter.start();
    });

    const untilShared = () =>
      waitUntil('the limit is shared again', async () => {
        const probe = createClient({ url: redis.url });
        probe.on('error', () => {});
        await probe.connect();
        const client = freshClient();
        await limiter.attempt(client);
        const counted = await probe.exists(`test:attempts:${client}`);
        probe.destroy();
        return counted === 1;
      });

    afterEach(async () => {
      redis.thaw();
      await redis.kill();
      await redis.start();
      await untilShared();
    });

    afterAll(async () => {
      await limiter.stop();
      await redis.kill();
    });

    const longest = async (client: string, times: number) => {
      let most = 0;
      const allowed = [];
      for (let n = 0; n < times; n += 1) {
        const began = performance.now();
        allowed.push((await limiter.attempt(client)).allowed);
        most = Math.max(most, performance.now() - began);
      }
      return { allowed, most };
    };

    it.each<[string, () => Promise<void> | void]>([
      ['RAT-17 stopped', () => redis.kill()],
      ['frozen', () => redis.freeze()],
    ])(
      '%s: the process goes on by the same rule, from what it has seen, and nobody waits long',
      async (_what, fault) => {
        await untilShared();
        const client = freshClient();
        expect(await allowedOf(limiter, client, 3)).toEqual([true, true, true]);
        await fault();
        const { allowed, most } = await longest(client, 4);
        expect(allowed).toEqual([true, true, false, false]);
        // The case's bound; the limiter's own deadline is 100 ms, the rest is a busy machine.
        expect(most).toBeLessThan(2_000);
      },
    );

    it('emptied: goes on counting, and never fails', async () => {
      await untilShared();
      const client = freshClient();
      await allowedOf(limiter, client, 5);
      await redis.flush();
      expect((await allowedOf(limiter, client, 12)).filter(Boolean)).toEqual([]);
    });

    it('for a moment: what was let through meanwhile counts when it is back', async () => {
      await untilShared();
      const client = freshClient();
      expect(await allowedOf(limiter, client, 2)).toEqual([true, true]);
      redis.freeze();
      expect(await allowedOf(limiter, client, 3)).toEqual([true, true, true]);
      redis.thaw();
      await untilShared();
      expect(await allowedOf(limiter, client, 2)).toEqual([false, false]);
    });
  });
}
