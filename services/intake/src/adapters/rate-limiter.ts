import { type Dependency, distrust, type Logger, type Part, withDeadline } from '@meander/runtime';
import { attributes, count, SpanKind, withSpan } from '@meander/telemetry';
import type { AttemptLimiter, RateLimitDecision, RateLimitRule } from '../domain/rate-limit.ts';
import { MemoryWindow } from './memory-window.ts';
import { createWindowClient, type RedisAccess } from './redis-window.ts';

export interface RateLimiter extends Part, AttemptLimiter {
  readonly dependencies: Dependency[];
}

/** What an answer may wait for Redis, and for how long Redis is left alone after it failed, in milliseconds. */
const redisDeadline = 100;
const redisRest = 1_000;

/**
 * The limit shared by all copies through Redis. While Redis is away each copy counts by itself, by the same
 * rule and from what it has seen itself: the limit is never lifted and never answers with an error. What a copy has let
 * through counts at that copy when Redis is back, too.
 *
 * @param redis undefined where there is no Redis, as on one machine: then the copy counts by itself always
 */
export function createRateLimiter({
  redis,
  keyPrefix,
  rule,
  logger,
}: {
  redis: RedisAccess | undefined;
  keyPrefix: string;
  rule: RateLimitRule;
  logger: Logger;
}): RateLimiter {
  const memory = new MemoryWindow(rule);
  const client = redis && createWindowClient(redis);
  let away = false;
  let restUntil = 0;
  let distrusted = false;
  client?.on('error', (err: unknown) => {
    const advice = distrust(err, 'redis', 'REDIS');
    if (advice && !distrusted) logger.warn({ err }, advice);
    distrusted = advice !== undefined;
  });

  const askRedis = async (bucket: string): Promise<RateLimitDecision | undefined> => {
    if (!client?.isReady || performance.now() < restUntil) return undefined;
    try {
      return await withDeadline(client.rollingWindow(`${keyPrefix}attempts:${bucket}`, rule), redisDeadline);
    } catch {
      restUntil = performance.now() + redisRest;
      return undefined;
    }
  };

  const note = (isAway: boolean) => {
    if (isAway) count.limiterFallback();
    if (isAway === away) return;
    away = isAway;
    if (away) logger.warn({}, 'redis away: each copy limits by itself');
    else logger.info({}, 'redis is back: the limit is shared again');
  };

  return {
    rule,
    dependencies: client
      ? [{ name: 'redis', required: false, check: async () => void (await client.ping()) }]
      : [],
    attempt: (bucket) =>
      withSpan('limit attempts', { kind: SpanKind.CLIENT }, async (span) => {
        // Redis does not know what was let through while it was away; this copy does.
        const isFull = memory.isFull(bucket);
        const decision = isFull ? undefined : await askRedis(bucket);
        if (client && !isFull) note(decision === undefined);
        if (decision?.allowed) memory.note(bucket);
        span.setAttribute(attributes.limiter, decision ? 'redis' : 'memory');
        return decision ?? memory.attempt(bucket);
      }),
    async start() {
      if (client) client.connect().catch(() => {});
      else logger.info({}, 'no REDIS_URL: attempts are limited in this process alone');
    },
    async stop() {
      client?.destroy();
    },
  };
}
