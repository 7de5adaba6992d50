import type { Claim } from '../judge/judge.ts';
import type { Bench } from '../world/bench.ts';

/** A part of the benchmark that measures one thing, and what it is compared with, in turn. */
export interface Section {
  /** As `--only` takes it. */
  name: string;
  /** One line for the list. */
  what: string;
  claims(short: boolean): Claim[];
  measure(bench: Bench): Promise<void>;
}
