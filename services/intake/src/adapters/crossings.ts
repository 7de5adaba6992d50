/** So many of the last submissions are remembered: those of less than a second at full load. */
const most = 1_000;

/** Which submissions of one address crossed in this process: the later one came before the earlier was answered. */
export interface Crossings {
  /** Notes that a submission is about to be answered. Times are those of `performance.now()`. */
  answered(email: string, arrivedAt: number): void;
  /** When the submission, or the one that it crossed, arrived. */
  beganAt(email: string, arrivedAt: number): number;
}

/** @param now a test's clock */
export function createCrossings(now: () => number = () => performance.now()): Crossings {
  const last = new Map<string, { arrivedAt: number; answeredAt: number }>();
  return {
    answered(email, arrivedAt) {
      last.delete(email);
      last.set(email, { arrivedAt, answeredAt: now() });
      const [oldest] = last.keys();
      if (last.size > most && oldest !== undefined) last.delete(oldest);
    },
    beganAt(email, arrivedAt) {
      const earlier = last.get(email);
      return earlier && arrivedAt < earlier.answeredAt ? Math.min(arrivedAt, earlier.arrivedAt) : arrivedAt;
    },
  };
}
