import { conventions, observe, recordDuration } from '@meander/telemetry';

/** What is used of tarn's pool, which is the one inside knex. */
export interface ObservablePool {
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
  max: number;
  on(event: 'acquireRequest', listener: (id: number) => void): unknown;
  on(event: 'acquireSuccess', listener: (id: number) => void): unknown;
  on(event: 'acquireFail', listener: (id: number) => void): unknown;
}

/** Sizes of the pool, and how long those wait who ask it for a connection, by the conventions' names. */
export function observePool(pool: ObservablePool, name: string): void {
  const inPool = { [conventions.dbPoolName]: name };
  const inState = (state: 'used' | 'idle') => ({ ...inPool, [conventions.dbConnectionState]: state });
  observe(
    ['poolConnections', 'poolMax', 'poolPending'],
    async () => ({
      poolConnections: [
        { value: pool.numUsed(), labels: inState('used') },
        { value: pool.numFree(), labels: inState('idle') },
      ],
      poolMax: [{ value: pool.max, labels: inPool }],
      poolPending: [{ value: pool.numPendingAcquires(), labels: inPool }],
    }),
    { freshFor: 0 },
  );

  const asked = new Map<number, number>();
  const settled = (id: number) => {
    const since = asked.get(id);
    asked.delete(id);
    if (since !== undefined) recordDuration('poolWait', (performance.now() - since) / 1000, inPool);
  };
  pool.on('acquireRequest', (id) => asked.set(id, performance.now()));
  pool.on('acquireSuccess', settled);
  // Who waited in vain waited longest: leaving those out would make an exhausted pool look quick.
  pool.on('acquireFail', settled);
}
