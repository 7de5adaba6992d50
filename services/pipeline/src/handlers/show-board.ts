import { type Status, statuses } from '@meander/lead';
import type { BoardQuery } from '../domain/board-query.ts';
import type { Lead } from '../domain/lead.ts';
import type { LeadFilter } from '../domain/lead-query.ts';
import { type Cursors, type LeadList, type LeadPage, listLeads } from './list-leads.ts';

export interface LeadCounts {
  /** How many leads match in each status. */
  of(filter: LeadFilter): Promise<Record<Status, number>>;
}

export interface BoardNeeds {
  list: LeadList;
  cursors: Cursors;
  counts: LeadCounts;
}

/** One column: its first leads, and how many there are. */
export interface Column extends LeadPage {
  status: Status;
  count: number;
}

/** Leads that a column shows at once; more come as it is scrolled. */
const columnPage = 20;

const inStatus = ({ filter, order }: BoardQuery, status: Status) => ({
  filter: { ...filter, statuses: [status] },
  order,
});

/** A page of one column. @throws ParameterError for a cursor that is not of this column and these filters */
export function showColumn(
  needs: BoardNeeds,
  query: BoardQuery,
  { status, cursor }: { status: Status; cursor: string | undefined },
): Promise<LeadPage> {
  return listLeads(needs, { ...inStatus(query, status), limit: columnPage, cursor });
}

/** Every column with its first page. */
export async function showBoard(needs: BoardNeeds, query: BoardQuery): Promise<Column[]> {
  const [counts, ...pages] = await Promise.all([
    needs.counts.of(query.filter),
    ...statuses.map((status) => showColumn(needs, query, { status, cursor: undefined })),
  ]);
  return statuses.map((status, index) => ({
    status,
    count: counts[status],
    ...(pages[index] ?? { leads: [], nextCursor: null }),
  }));
}

/** Those of the named leads that the board shows under its filters, as they are now. */
export async function showCards(
  { list, counts }: BoardNeeds,
  { filter, order }: BoardQuery,
  ids: readonly string[],
): Promise<{ leads: Lead[]; counts: Record<Status, number> }> {
  const [found, counted] = await Promise.all([
    list.page({ filter, order, after: undefined, limit: ids.length, ids }),
    counts.of(filter),
  ]);
  return { leads: found.map(({ lead }) => lead), counts: counted };
}
