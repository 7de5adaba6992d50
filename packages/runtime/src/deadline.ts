/**
 * Rejects after `milliseconds` if `work` has not settled by then: what is frozen answers nothing, for ever.
 * The work itself goes on.
 */
export function withDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('deadline passed')), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
