import type { ServiceName } from '@meander/local/service-process';
import { createStackOn, type Stack, type StackGround } from '@meander/testing';
import type { Commands } from '../helpers/serve.ts';
import type { Measured, Series, Unit } from '../judge/judge.ts';
import { type Helper, startHelper } from './helper.ts';
import { type Service, startService, stopService } from './service.ts';

/** What a section has at hand. All that it starts and makes here ends with it, however it ends. */
export interface Bench {
  short: boolean;
  runs: number;
  ground: StackGround;
  /** Notes what a run has measured; one value a run. */
  record(series: string, unit: Unit, value: number): void;
  /** Notes why a series is not measured. */
  absent(series: string, why: string): void;
  /** A database, a prefix on the broker and one in Redis, for this section alone. */
  stack(): Promise<Stack>;
  service(name: ServiceName, stack: Stack, env?: Record<string, string>): Promise<Service>;
  helper<C extends Commands>(name: string): Helper<C>;
  /** Takes over the duty to end something. */
  until<T>(part: T, end: (part: T) => Promise<void> | void): T;
}

/** A `Bench` as whoever runs sections holds it. */
export interface OpenBench extends Bench {
  measured: Measured;
  /** Ends all, the last first, and what is still being started as soon as it is there. Says what could not be ended. */
  end(): Promise<string[]>;
}

export function openBench({
  short,
  runs,
  ground,
}: {
  short: boolean;
  runs: number;
  ground: StackGround;
}): OpenBench {
  const measured: Record<string, Series | string> = {};
  const ends: (() => Promise<void> | void)[] = [];
  const starting = new Set<Promise<unknown>>();
  let over = false;

  const start = <T>(work: Promise<T>, end: (part: T) => Promise<void> | void): Promise<T> => {
    const started = work.then((part) => {
      ends.push(() => end(part));
      if (over) throw new Error('the section has ended');
      return part;
    });
    starting.add(started);
    void started.catch(() => {}).finally(() => starting.delete(started));
    return started;
  };

  const bench: OpenBench = {
    ...{ short, runs, ground, measured },
    record(name, unit, value) {
      const series = measured[name];
      if (typeof series === 'object') series.values.push(value);
      else measured[name] = { unit, values: [value] };
    },
    absent(name, why) {
      measured[name] = why;
    },
    stack: () => start(createStackOn(ground), (stack) => stack.drop()),
    service: (name, { env }, more = {}) => start(startService(name, { ...env, ...more }), stopService),
    helper<C extends Commands>(name: string) {
      return bench.until(startHelper<C>(name), (helper) => helper.stop());
    },
    until(part, end) {
      ends.push(() => end(part));
      return part;
    },
    async end() {
      over = true;
      const failures: string[] = [];
      while (starting.size > 0 || ends.length > 0) {
        await Promise.allSettled(starting);
        const undo = ends.pop();
        await Promise.resolve()
          .then(undo)
          .catch((error) => failures.push(String(error)));
      }
      return failures;
    },
  };
  return bench;
}

/**
 * Measures variants in turn, and round again for every run, so that what slows the machine for a while slows them
 * all. Every run begins with another variant.
 */
export async function interleave(runs: number, variants: readonly (() => Promise<void>)[]): Promise<void> {
  for (let run = 0; run < runs; run += 1)
    for (let turn = 0; turn < variants.length; turn += 1) await variants[(run + turn) % variants.length]?.();
}
