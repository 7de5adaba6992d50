/** At most `max` attempts in any `windowMs` milliseconds (the seed's rate_limit_per_ip). */
export interface RateLimitRule {
  max: number;
  windowMs: number;
}

export interface RateLimitDecision {
  allowed: boolean;
  /** Attempts left at this moment. */
  remaining: number;
  /** Milliseconds until the oldest counted attempt leaves the window, and one more is allowed. */
  resetMs: number;
}

/** Counts the attempts of clients by one rule. */
export interface AttemptLimiter {
  readonly rule: RateLimitRule;
  /** Counts one attempt of a client, if it is allowed; never throws and never takes long. */
  attempt(client: string): Promise<RateLimitDecision>;
}

/**
 * The RateLimit and RateLimit-Policy headers (draft-ietf-httpapi-ratelimit-headers), and Retry-After on a
 * refusal: whole seconds, rounded up, so that a client that waits as told gets in.
 */
export function rateLimitHeaders(rule: RateLimitRule, decision: RateLimitDecision): Record<string, string> {
  const seconds = Math.max(1, Math.ceil(decision.resetMs / 1000));
  return {
    'RateLimit-Policy': `"leads";q=${rule.max};w=${Math.round(rule.windowMs / 1000)}`,
    RateLimit: `"leads";r=${decision.remaining};t=${seconds}`,
    ...(decision.allowed ? {} : { 'Retry-After': String(seconds) }),
  };
}
