import { type Logger, type Part, pause } from '@meander/runtime';
import type { Journey } from '@meander/synthetic';
import { count, recordDuration, startAtZero, withoutTracing } from '@meander/telemetry';

/** What all copies of intake share about the canary. */
export interface CanaryStore {
  /** True for the one copy whose turn it is: nobody has begun within so many seconds. */
  takeTurn(intervalSeconds: number): Promise<boolean>;
  /** Remembers that a run has just succeeded. */
  succeeded(): Promise<void>;
  /** Takes a made-up lead away, with all that hangs on it. */
  remove(maskedRef: string): Promise<void>;
  /** Takes away those whose maker has died half-way; tells how many. */
  removeLeftBehind(): Promise<number>;
}

const outcomes: readonly Journey['outcome'][] = [
  'arrived',
  'unreachable',
  'refused',
  'unrecognised',
  'no_mail',
  'mail_refused',
];

/** How often a copy looks whether it is its turn, and after what a doctor died, in milliseconds. */
const interval = { turn: 5_000, tidy: 60_000 };

/**
 * Books a made-up lead every so many seconds, from outside and all the way to the mail server, by one copy of the
 * service at a time; and, whether or not it does so, clears away what a doctor that died has left behind.
 *
 * @param intervalSeconds undefined: it only clears
 */
export function createCanary({
  store,
  book,
  intervalSeconds,
  logger,
}: {
  store: CanaryStore;
  book: (signal: AbortSignal) => Promise<Journey>;
  intervalSeconds: number | undefined;
  logger: Logger;
}): Part {
  const stopping = new AbortController();
  let running: Promise<unknown> = Promise.resolve();

  const sing = async (seconds: number) => {
    if (!(await store.takeTurn(seconds))) return;
    const journey = await book(stopping.signal);
    if (journey.booked) await store.remove(journey.booked.maskedRef);
    // One that we have broken off ourselves tells nothing.
    if (stopping.signal.aborted && journey.outcome !== 'arrived') return;
    count.canaryRun({ outcome: journey.outcome });
    if (journey.outcome === 'arrived') {
      recordDuration('canary', journey.seconds);
      await store.succeeded();
    } else {
      logger.error({ outcome: journey.outcome, status: journey.status }, 'canary did not come through');
    }
  };

  const tidy = async () => {
    const removed = await store.removeLeftBehind();
    if (removed > 0) logger.warn({ removed }, 'made-up leads were left behind, removed');
  };

  const repeat = async (work: () => Promise<void>, every: number) => {
    for (let failed = false; !stopping.signal.aborted; await pause(every, stopping.signal)) {
      try {
        await withoutTracing(work);
        failed = false;
      } catch (err) {
        if (!failed) logger.warn({ err }, 'canary cannot reach its rows, trying again');
        failed = true;
      }
    }
  };

  return {
    async start() {
      if (intervalSeconds !== undefined)
        startAtZero(count.canaryRun, ...outcomes.map((outcome) => ({ outcome })));
      running = Promise.all([
        repeat(tidy, interval.tidy),
        ...(intervalSeconds === undefined ? [] : [repeat(() => sing(intervalSeconds), interval.turn)]),
      ]);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
