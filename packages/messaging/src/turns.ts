/** Who may work at the same time. */
export interface Turns {
  /** Beside others of its kind, as soon as nobody works alone or has been waiting to. */
  together<T>(work: () => Promise<T>): Promise<T>;
  /** When everybody before it has ended; nobody else begins meanwhile. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/** Turns in the order of asking. Work that fails ends its turn as well. */
export function createTurns(): Turns {
  const working = new Set<Promise<unknown>>();
  /** Settles when the last one that asked to be alone has ended; never rejects. */
  let quiet: Promise<unknown> = Promise.resolve();
  return {
    together(work) {
      const turn = quiet.then(work);
      const ended = turn.catch(() => {}).finally(() => working.delete(ended));
      working.add(ended);
      return turn;
    },
    alone(work) {
      const before = [...working];
      const turn = quiet.then(() => Promise.all(before)).then(work);
      quiet = turn.catch(() => {});
      return turn;
    },
  };
}
