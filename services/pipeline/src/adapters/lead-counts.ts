import { type Status, statuses } from '@meander/lead';
import type { Database } from '@meander/runtime';
import type { LeadFilter } from '../domain/lead-query.ts';
import type { LeadCounts } from '../handlers/show-board.ts';
import { countsByFilter } from './kept-counts.ts';
import { matching } from './lead-list.ts';

interface Row {
  status: Status;
  count: number;
}

/** From the kept counts, however many leads there are. */
function keptCounts(db: Database, { statuses: only, source, organizationSize }: LeadFilter) {
  const counted = db.from(db.raw(`(${countsByFilter}) AS counted`));
  if (only.length > 0) counted.whereIn('status', [...only]);
  if (source !== null) counted.where({ source });
  if (organizationSize !== null) counted.where({ organization_size: organizationSize });
  return counted.select('status', db.raw('sum(count)::int AS count')).groupBy('status');
}

/** A search and a time are of no count that is kept: the leads that match are counted, which takes longer the more. */
const countMatching = (db: Database, filter: LeadFilter) =>
  matching(db, filter).select('status', db.raw('count(*)::int AS count')).groupBy('status');

export function createLeadCounts(db: Database): LeadCounts {
  return {
    async of(filter) {
      const isKept = filter.search === null && filter.createdAfter === null && filter.createdBefore === null;
      const rows: Row[] = await (isKept ? keptCounts(db, filter) : countMatching(db, filter));
      const countOf = (status: Status) => rows.find((row) => row.status === status)?.count ?? 0;
      return Object.fromEntries(statuses.map((status) => [status, countOf(status)])) as Record<
        Status,
        number
      >;
    },
  };
}
