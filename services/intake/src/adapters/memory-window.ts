import type { RateLimitDecision, RateLimitRule } from '../domain/rate-limit.ts';

/** More clients than this at once are not told apart any longer; the ones seen longest ago are forgotten. */
const mostClients = 100_000;

/** The rolling window in this process: the same rule as in Redis, for the time that Redis is away. */
export class MemoryWindow {
  readonly #rule: RateLimitRule;
  readonly #now: () => number;
  readonly #attempts = new Map<string, number[]>();

  /** @param now milliseconds of a clock that never jumps */
  constructor(rule: RateLimitRule, now: () => number = () => performance.now()) {
    this.#rule = rule;
    this.#now = now;
  }

  /** Whether the client has used up what it has, as far as this process knows. */
  isFull(client: string): boolean {
    return this.#recent(client).length >= this.#rule.max;
  }

  /** Counts an attempt if it is allowed; a refused one does not count. */
  attempt(client: string): RateLimitDecision {
    const recent = this.#recent(client);
    const allowed = recent.length < this.#rule.max;
    if (allowed) this.#keep(client, [...recent, this.#now()]);
    const counted = this.#attempts.get(client) ?? [];
    return {
      allowed,
      remaining: this.#rule.max - counted.length,
      resetMs: Math.ceil((counted[0] ?? this.#now()) + this.#rule.windowMs - this.#now()),
    };
  }

  /** Notes an attempt that Redis has allowed, so that this window knows it should it have to take over. */
  note(client: string): void {
    this.#keep(client, [...this.#recent(client), this.#now()].slice(-this.#rule.max));
  }

  #recent(client: string): number[] {
    const oldest = this.#now() - this.#rule.windowMs;
    return (this.#attempts.get(client) ?? []).filter((time) => time > oldest);
  }

  /** Re-inserting keeps the map in order of last use, so that the first entry is the one to forget. */
  #keep(client: string, times: number[]): void {
    this.#attempts.delete(client);
    this.#attempts.set(client, times);
    const [longestAgo] = this.#attempts.keys();
    const stale = longestAgo !== undefined && longestAgo !== client && this.#recent(longestAgo).length === 0;
    if (longestAgo !== undefined && (stale || this.#attempts.size > mostClients))
      this.#attempts.delete(longestAgo);
  }
}
