import type { ServiceName } from '@meander/local/service-process';
import { metricValue, scrape, waitUntil } from '@meander/testing';
import { type Copy, type CopyOptions, startCopy } from './copy.ts';

/** The copies of all services, with a supervisor's duties: it knows which of them ended by themselves. */
export interface Fleet {
  /** Those that run and are wanted. */
  of(name: ServiceName): Copy[];
  all(): Copy[];
  /** Starts one more copy, and waits until it is ready, or only until it listens. */
  add(name: ServiceName, options?: CopyOptions & { untilReady?: boolean }): Promise<Copy>;
  /** SIGKILL; it is not wanted any more. */
  kill(copy: Copy): Promise<void>;
  /** SIGTERM; tells how it ended, and after how many milliseconds. */
  stop(copy: Copy): Promise<{ code: number | null; milliseconds: number }>;
  /** The copy whose relay is active, if one is. */
  relayHolder(): Promise<Copy | undefined>;
  /** Copies that ended without being told to, since this was asked last. */
  deserters(): string[];
  end(): Promise<void>;
}

/** @param env the environment that all copies share */
export function createFleet(env: Record<string, string>): Fleet {
  const copies = new Set<Copy>();
  let deserted: string[] = [];
  const all = () => [...copies].filter((copy) => copy.wanted && copy.running());

  const watch = (copy: Copy) =>
    copy.exited.then(({ code, signal }) => {
      copies.delete(copy);
      if (!copy.wanted) return;
      const last = copy.lines.slice(-3).join(' | ').slice(0, 600);
      deserted.push(`${copy.label} ended by itself (${signal ?? `exit code ${code}`}): ${last}`);
    });

  return {
    of: (name) => all().filter((copy) => copy.name === name),
    all,
    async add(name, { untilReady = true, ...options } = {}) {
      const copy = await startCopy(name, env, options);
      copies.add(copy);
      void watch(copy);
      if (untilReady)
        await waitUntil(`${copy.label} is ready`, async () => (await fetch(`${copy.url}/readyz`)).ok, 60);
      return copy;
    },
    async kill(copy) {
      copy.wanted = false;
      copy.signal('SIGKILL');
      await copy.exited;
    },
    async stop(copy) {
      const began = performance.now();
      copy.wanted = false;
      copy.signal('SIGTERM');
      const { code } = await copy.exited;
      return { code, milliseconds: performance.now() - began };
    },
    async relayHolder() {
      const states = await Promise.all(
        all().map(async (copy) => ({
          copy,
          active: metricValue(await scrape(copy).catch(() => []), 'meander_relay_active') === 1,
        })),
      );
      return states.find(({ active }) => active)?.copy;
    },
    deserters() {
      const told = deserted;
      deserted = [];
      return told;
    },
    async end() {
      await Promise.all(
        [...copies].map(async (copy) => {
          copy.wanted = false;
          copy.signal('SIGCONT');
          copy.signal('SIGTERM');
          const force = setTimeout(() => copy.signal('SIGKILL'), 12_000);
          await copy.exited;
          clearTimeout(force);
        }),
      );
    },
  };
}
