import { type Status, statuses } from '@meander/lead';
import type { Database } from '@meander/runtime';
import type { LeadCounts } from '../handlers/show-board.ts';
import { matching } from './lead-list.ts';

export function createLeadCounts(db: Database): LeadCounts {
  return {
    async of(filter) {
      const rows: { status: Status; count: number }[] = await matching(db, filter)
        .select('status', db.raw('count(*)::int AS count'))
        .groupBy('status');
      const countOf = (status: Status) => rows.find((row) => row.status === status)?.count ?? 0;
      return Object.fromEntries(statuses.map((status) => [status, countOf(status)])) as Record<
        Status,
        number
      >;
    },
  };
}
