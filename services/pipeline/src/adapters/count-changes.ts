import { type Database, inTransaction } from '@meander/runtime';
import type { CountChanges } from '../handlers/fold-counts.ts';

/** Well within the deadline of a statement. */
const batch = 20_000;

/** Only whoever holds the lock takes changes away, and they are never updated: a place holds still. */
const foldBatch = `
  WITH taken AS (
    DELETE FROM pipeline.lead_count_changes
    WHERE ctid = ANY(ARRAY(SELECT ctid FROM pipeline.lead_count_changes LIMIT ${batch}))
    RETURNING *
  ), by_status AS (
    INSERT INTO pipeline.lead_counts_by_status AS kept (day, status, count)
    SELECT day, status, sum(change) FROM taken GROUP BY 1, 2
    ON CONFLICT (day, status) DO UPDATE SET count = kept.count + excluded.count
  ), by_source AS (
    INSERT INTO pipeline.lead_counts_by_source AS kept (day, source, count)
    SELECT day, source, sum(change) FROM taken GROUP BY 1, 2
    ON CONFLICT (day, source) DO UPDATE SET count = kept.count + excluded.count
  ), by_filter AS (
    INSERT INTO pipeline.lead_counts_by_filter AS kept (status, source, organization_size, count)
    SELECT status, source, organization_size, sum(change) FROM taken GROUP BY 1, 2, 3
    ON CONFLICT (status, source, organization_size) DO UPDATE SET count = kept.count + excluded.count
  )
  SELECT count(*)::int AS folded FROM taken`;

/** The changes of the kept counts, which the triggers of migration 0131 write. */
export function createCountChanges(db: Database): CountChanges {
  return {
    fold: () =>
      inTransaction(db, async (trx) => {
        const { rows: lock } = await trx.raw(
          "SELECT pg_try_advisory_xact_lock(hashtext('lead counts')) AS mine",
        );
        if (!lock[0].mine) return { more: false };
        const { rows } = await trx.raw<{ rows: { folded: number }[] }>(foldBatch);
        return { more: rows[0]?.folded === batch };
      }),
  };
}
