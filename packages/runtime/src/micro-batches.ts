import { DatabaseBusyError, databaseDeadlines } from './postgres.ts';

export interface MicroBatches<Item, Result> {
  /**
   * Hands an item in; settles with what becomes of it.
   *
   * @throws DatabaseBusyError where it waited its time for a batch to go with and was not begun
   */
  add(item: Item): Promise<Result>;
}

export interface BatchOptions<Item, Result> {
  mostInFlight: number;
  mostItems: number;
  /**
   * How long after a batch has begun the next one begins, in milliseconds, unless it is full before: larger batches
   * where nobody waits for the results. One that comes alone goes at once all the same. 0 when left out.
   */
  apart?: number | undefined;
  /** Items that share a key go one after the other, in the order in which they came. */
  keysOf: (item: Item) => readonly string[];
  /**
   * Works on a batch. It resolves when the next may go; an item whose result is not there by then, but a promise
   * of it, goes on by itself.
   */
  run: (items: readonly Item[]) => Promise<readonly (Result | Promise<Result>)[]>;
}

interface Waiting<Item, Result> {
  item: Item;
  keys: readonly string[];
  settle: (result: Result | Promise<Result>) => void;
  fail: (error: unknown) => void;
  timer: NodeJS.Timeout;
}

/**
 * Groups what arrives while batches are on their way: it goes into the next one. Nobody waits for company: while
 * fewer than `mostInFlight` are on their way, an item goes at once, with those that arrived in the same turn of
 * the event loop.
 */
export function createMicroBatches<Item, Result>({
  mostInFlight,
  mostItems,
  apart = 0,
  keysOf,
  run,
}: BatchOptions<Item, Result>): MicroBatches<Item, Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let inFlight = 0;
  let isDue = false;
  /** When the next batch may begin though it is not full, by `performance.now()`. */
  let nextAt = 0;
  let isTimed = false;
  const inHand = new Set<string>();

  const takeBatch = () => {
    const batch: Waiting<Item, Result>[] = [];
    const left: Waiting<Item, Result>[] = [];
    // A key that stays behind holds back whatever comes after it, so that the order remains.
    const heldBack = new Set<string>();
    for (const one of waiting) {
      const mayGo =
        batch.length < mostItems && one.keys.every((key) => !inHand.has(key) && !heldBack.has(key));
      if (!mayGo) {
        left.push(one);
        for (const key of one.keys) heldBack.add(key);
        continue;
      }
      clearTimeout(one.timer);
      for (const key of one.keys) inHand.add(key);
      batch.push(one);
    }
    waiting = left;
    return batch;
  };

  const release = ({ keys }: Waiting<Item, Result>) => {
    for (const key of keys) inHand.delete(key);
    if (waiting.length > 0) arrange();
  };

  const send = async (batch: readonly Waiting<Item, Result>[]) => {
    inFlight += 1;
    try {
      const results = await run(batch.map(({ item }) => item));
      batch.forEach((one, index) => {
        const result = results[index] as Result | Promise<Result>;
        one.settle(result);
        if (result instanceof Promise) void result.catch(() => {}).finally(() => release(one));
        else release(one);
      });
    } catch (error) {
      for (const one of batch) {
        one.fail(error);
        release(one);
      }
    } finally {
      inFlight -= 1;
      if (waiting.length > 0) arrange();
    }
  };

  const sendWhatMayGo = () => {
    isDue = false;
    while (inFlight < mostInFlight && waiting.length > 0) {
      const batch = takeBatch();
      if (batch.length === 0) return;
      nextAt = performance.now() + apart;
      void send(batch);
    }
  };

  function arrange(): void {
    if (inFlight >= mostInFlight) return;
    const wait = waiting.length < mostItems ? nextAt - performance.now() : 0;
    if (wait > 0) {
      if (isTimed) return;
      isTimed = true;
      setTimeout(() => {
        isTimed = false;
        arrange();
      }, wait);
      return;
    }
    if (isDue) return;
    isDue = true;
    setImmediate(sendWhatMayGo);
  }

  return {
    add: (item) =>
      new Promise<Result>((resolve, reject) => {
        const giveUp = () => {
          waiting = waiting.filter((one) => one.timer !== timer);
          reject(new DatabaseBusyError());
        };
        const timer = setTimeout(giveUp, databaseDeadlines.acquire);
        waiting.push({ item, keys: keysOf(item), settle: resolve, fail: reject, timer });
        arrange();
      }),
  };
}
