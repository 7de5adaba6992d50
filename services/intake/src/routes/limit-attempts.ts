import { addressBucket, Problem } from '@meander/runtime';
import { count } from '@meander/telemetry';
import type { Request, RequestHandler, Response } from 'express';
import { type AttemptLimiter, rateLimitHeaders } from '../domain/rate-limit.ts';
import { probeOf } from './probe.ts';

/** The client address that `limitAttempts` found, or null. */
export function clientAddressOf(res: Response): string | null {
  return res.locals.ipAddress as string | null;
}

/**
 * The seed's rate_limit_per_ip: before anything is parsed or written. A request of our own is counted for itself, so
 * that it takes no attempt from the visitors behind the same address.
 */
export function limitAttempts(
  limiter: AttemptLimiter,
  clientAddress: (req: Request) => string | null,
): RequestHandler {
  return async (req, res, next) => {
    const probe = probeOf(res);
    const ipAddress = probe ? null : clientAddress(req);
    const decision = await limiter.attempt(probe?.email ?? addressBucket(ipAddress));
    res.set(rateLimitHeaders(limiter.rule, decision));
    if (!decision.allowed) {
      if (!probe) count.submission({ outcome: 'rate_limited' });
      const minutes = Math.max(1, Math.ceil(decision.resetMs / 60_000));
      throw new Problem('rate-limited', {
        detail: `At most ${limiter.rule.max} attempts are taken from one address. Try again in ${minutes} min.`,
        retry_after_minutes: minutes,
      });
    }
    res.locals.ipAddress = ipAddress;
    next();
  };
}
