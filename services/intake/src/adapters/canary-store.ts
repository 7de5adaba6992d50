import type { Database } from '@meander/runtime';
import { abandonedAfterSeconds, removeSynthetic } from '@meander/synthetic';
import { observe } from '@meander/telemetry';
import type { CanaryStore } from '../handlers/run-canary.ts';

// The row is locked by whoever updates it: of several copies one finds it due, the others find it taken.
const takeTurn = `
  UPDATE intake.canary SET started_at = clock_timestamp()
  WHERE started_at IS NULL OR started_at <= clock_timestamp() - ? * interval '1 second'`;

export function createCanaryStore(db: Database): CanaryStore {
  return {
    async takeTurn(intervalSeconds) {
      const { rowCount } = await db.raw<{ rowCount: number }>(takeTurn, [intervalSeconds]);
      return rowCount === 1;
    },
    async succeeded() {
      await db('intake.canary').update({ succeeded_at: db.raw('clock_timestamp()') });
    },
    async remove(maskedRef) {
      await removeSynthetic(db, { maskedRef });
    },
    removeLeftBehind: () => removeSynthetic(db, { olderThanSeconds: abandonedAfterSeconds }),
  };
}

/** When the canary last came through, as all copies remember it, and how often it is to. */
export function observeCanary(db: Database, intervalSeconds: number): void {
  observe(['canaryLastSuccess', 'canaryInterval'], async () => {
    const row: { at: number } | undefined = await db('intake.canary').first(
      db.raw('coalesce(extract(epoch FROM succeeded_at), 0)::float8 AS at'),
    );
    return {
      canaryLastSuccess: [{ value: row?.at ?? 0 }],
      canaryInterval: [{ value: intervalSeconds }],
    };
  });
}
