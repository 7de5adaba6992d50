import { randomUUID } from 'node:crypto';
import { createClient, defineScript } from 'redis';
import type { RateLimitDecision, RateLimitRule } from '../domain/rate-limit.ts';

/**
 * One attempt against an exact rolling window, by Redis's own clock: forget what has left the window; count
 * this one if there is room; say how many are left and when the oldest leaves (microseconds). A refused
 * attempt changes nothing, so it cannot lengthen the wait, and no key is without an expiry.
 */
const rollingWindow = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    local window = tonumber(ARGV[1]) * 1000
    local max = tonumber(ARGV[2])
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
    local counted = redis.call('ZCARD', KEYS[1])
    local allowed = 0
    if counted < max then
      redis.call('ZADD', KEYS[1], now, ARGV[3])
      redis.call('PEXPIRE', KEYS[1], ARGV[1])
      counted = counted + 1
      allowed = 1
    end
    local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    return { allowed, max - counted, math.ceil((tonumber(oldest[2]) + window - now) / 1000) }`,
  parseCommand(parser, key: string, rule: RateLimitRule) {
    parser.pushKey(key);
    parser.push(String(rule.windowMs), String(rule.max), randomUUID());
  },
  transformReply: ([allowed, remaining, resetMs]: [number, number, number]): RateLimitDecision => ({
    allowed: allowed === 1,
    remaining,
    resetMs,
  }),
});

/** How Redis is reached: its URL, and the certificates (PEM) that vouch for it where they are not the system's. */
export interface RedisAccess {
  url: string;
  ca?: string | undefined;
}

/**
 * A client whose commands fail at once while Redis is away. It tries to connect for as long as it is open;
 * a command to a frozen Redis hangs, so the caller sets a deadline.
 *
 * @param reconnect false tells at once why there is no way in, for somebody who only looks
 */
export function createWindowClient({ url, ca }: RedisAccess, { reconnect = true } = {}) {
  return createClient({
    url,
    scripts: { rollingWindow },
    disableOfflineQueue: true,
    commandsQueueMaxLength: 1_000,
    pingInterval: 5_000,
    // The caller's deadline is shorter; the client's own keeps a signal of each command for seconds after its answer.
    commandOptions: { timeout: 0 },
    socket: {
      ...(ca ? { tls: true as const, ca } : {}),
      connectTimeout: 2_000,
      keepAlive: true,
      reconnectStrategy: reconnect
        ? (retries) => Math.min(2_000, 50 * 2 ** Math.min(retries, 10)) * (0.5 + Math.random() / 2)
        : false,
    },
  });
}
