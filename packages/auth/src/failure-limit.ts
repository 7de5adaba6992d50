/** What is tried from one place: at most `max` failures in any rolling `windowMs`. */
export interface FailureRule {
  max: number;
  windowMs: number;
}

/** More places than this at once are not told apart any longer; the ones that failed longest ago are forgotten. */
const mostPlaces = 10_000;

/** Counts failures by place, in this process alone: a guess at 256 random bits needs no shared count. */
export class FailureLimit {
  readonly #rule: FailureRule;
  readonly #now: () => number;
  readonly #failures = new Map<string, number[]>();

  /** @param now milliseconds of a clock that never jumps */
  constructor(rule: FailureRule, now: () => number = () => performance.now()) {
    this.#rule = rule;
    this.#now = now;
  }

  /** How long the place has to wait until it may try again, in milliseconds; 0 where it may. */
  waitOf(place: string): number {
    const recent = this.#recent(place);
    const [oldest] = recent.slice(-this.#rule.max);
    if (recent.length < this.#rule.max || oldest === undefined) return 0;
    return oldest + this.#rule.windowMs - this.#now();
  }

  note(place: string): void {
    const times = [...this.#recent(place), this.#now()].slice(-this.#rule.max);
    // Putting it in again keeps the map in order of the last failure, so that the first is the one to forget.
    this.#failures.delete(place);
    this.#failures.set(place, times);
    const [longestAgo] = this.#failures.keys();
    if (this.#failures.size > mostPlaces && longestAgo !== undefined) this.#failures.delete(longestAgo);
  }

  #recent(place: string): number[] {
    const oldest = this.#now() - this.#rule.windowMs;
    return (this.#failures.get(place) ?? []).filter((time) => time > oldest);
  }
}
