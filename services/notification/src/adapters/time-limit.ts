/** How long the work at hand may go on. */
export interface TimeLimit {
  /** Tells that the time is up, or that everything stops. */
  signal: AbortSignal;
  /** From now so many milliseconds, whatever was set before. */
  allow(milliseconds: number): void;
}

/**
 * Runs `work` with a limit that it sets itself, stage by stage, and leaves nothing behind: a signal of
 * `AbortSignal.timeout` would live on for its whole time, thousands of them at once.
 */
export async function withTimeLimit<T>(
  stop: AbortSignal,
  work: (limit: TimeLimit) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  let timer: NodeJS.Timeout | undefined;
  const allow = (milliseconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(abort, milliseconds);
  };
  stop.addEventListener('abort', abort, { once: true });
  if (stop.aborted) abort();
  try {
    return await work({ signal: controller.signal, allow });
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', abort);
  }
}
