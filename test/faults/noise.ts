import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late this machine is by itself: what a promise in milliseconds cannot be held against. */
export interface Noise {
  /** Begins anew. */
  reset(): void;
  /** The longest delay of the suite's own loop since, in milliseconds: somebody else had the processor. */
  loopDelay(): number;
  stop(): void;
}

export function listenForNoise(): Noise {
  const histogram = monitorEventLoopDelay({ resolution: 10 });
  histogram.enable();
  return {
    reset: () => histogram.reset(),
    loopDelay: () => Math.round(histogram.max / 1e6) || 0,
    stop: () => void histogram.disable(),
  };
}
