import type { Judged, Measured } from './judge/judge.ts';

/** What a run of the benchmark has come to; `--json` writes it as it is. */
export interface Report {
  /** One line for each server and the machine. */
  ground: string[];
  short: boolean;
  runs: number;
  /** Whether sections were left out. */
  partial: boolean;
  seconds: number;
  rows: Judged[];
  /** Every value of every run, by section and series. */
  measured: Record<string, Measured>;
  /** What went wrong, by section. */
  failures: string[];
}
