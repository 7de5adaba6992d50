import { pause } from './backoff.ts';
import type { Part } from './http/service.ts';

/**
 * A part that does the same round for as long as it runs: again at once where there is more to do, else after a pause,
 * and so after a round that failed. Stopping waits for the round in hand.
 *
 * @param interval of the pause, in milliseconds
 * @param round tells whether there is likely more to do; one that takes long ends early where `stop` is raised
 * @param failed hears of a round that failed; the next one makes up for it
 */
export function createRounds({
  interval,
  round,
  failed,
}: {
  interval: number;
  round: (stop: AbortSignal) => Promise<boolean>;
  failed: (error: unknown) => void;
}): Part {
  const stopping = new AbortController();
  let running = Promise.resolve();
  const loop = async () => {
    while (!stopping.signal.aborted) {
      try {
        if (await round(stopping.signal)) continue;
      } catch (error) {
        failed(error);
      }
      await pause(interval, stopping.signal);
    }
  };
  return {
    async start() {
      running = loop();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
