import { type Spread, spreadOf } from './statistics.ts';

/** What a figure is counted in; a ratio has none. */
export type Unit = '/s' | 'ms' | 's' | 'MiB';

/** One thing that was measured, once a run, in the order of the runs. */
export interface Series {
  unit: Unit;
  values: number[];
}

/** All that a section measured, by name; a text says why something was not. */
export type Measured = Readonly<Record<string, Series | string>>;

/** A bound that belongs to it. */
export type Bound = { atLeast: number } | { atMost: number };

/** A line of the table: a series by itself, or its ratio to another one. */
export interface Claim {
  what: string;
  of: string;
  over?: string;
  /** What the product wants to reach. */
  target?: Bound;
  /** What the short form refuses to fall behind: far from the target, since machines are noisy. */
  floor?: Bound;
}

export interface Judged {
  section: string;
  what: string;
  /** Undefined for a ratio, and where nothing was measured. */
  unit?: Unit;
  /** Missing where nothing was measured. */
  spread?: Spread;
  target?: Bound;
  met?: boolean;
  floor?: Bound;
  held?: boolean;
  /** Why it was not measured. */
  absent?: string;
}

/** Whether the value is on the right side; the bound itself is. */
export function within(value: number, bound: Bound): boolean {
  return 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost;
}

/**
 * The ratio of two series, run by run: the two of one run were measured one after the other, so that what slows
 * the machine for a while slows both. Runs that only one of them has do not count.
 */
export function ratios(of: readonly number[], over: readonly number[]): number[] {
  const runs = Math.min(of.length, over.length);
  return of.slice(0, runs).map((value, run) => value / (over[run] as number));
}

function valuesOf({ of, over }: Claim, measured: Measured): { unit?: Unit; values: number[] } | string {
  const missing = (name: string) => `${name}: not measured`;
  const subject = measured[of] ?? missing(of);
  if (typeof subject === 'string') return subject;
  if (over === undefined) return subject.values.length > 0 ? subject : missing(of);
  const base = measured[over] ?? missing(over);
  if (typeof base === 'string') return base;
  const values = ratios(subject.values, base.values).filter(Number.isFinite);
  return values.length > 0 ? { values } : missing(of);
}

/**
 * Judges a section by the medians of its runs.
 *
 * @param short whether floors count besides the targets
 */
export function judge(
  section: string,
  claims: readonly Claim[],
  measured: Measured,
  { short }: { short: boolean },
): Judged[] {
  return claims.map((claim) => {
    const { what, target } = claim;
    const floor = short ? claim.floor : undefined;
    const bounds = { ...(target && { target }), ...(floor && { floor }) };
    const found = valuesOf(claim, measured);
    if (typeof found === 'string') return { section, what, ...bounds, absent: found };
    const spread = spreadOf(found.values);
    return {
      ...{ section, what, spread, ...bounds },
      ...(found.unit && { unit: found.unit }),
      ...(target && { met: within(spread.median, target) }),
      ...(floor && { held: within(spread.median, floor) }),
    };
  });
}

/** How many targets are met and missed, how many floors are held and broken, and what was not measured. */
export function tally(rows: readonly Judged[]) {
  const count = (test: (row: Judged) => boolean) => rows.filter(test).length;
  return {
    met: count(({ met }) => met === true),
    missed: count(({ met }) => met === false),
    held: count(({ held }) => held === true),
    broken: count(({ held }) => held === false),
    absent: count(({ absent }) => absent !== undefined),
  };
}
