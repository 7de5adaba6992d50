import type { Lead } from '../domain/lead.ts';
import type { LeadFilter, LeadOrder, LeadQuery } from '../domain/lead-query.ts';
import { ParameterError } from '../domain/parameters.ts';

/** A lead's place in an order: its value in the order's column, as PostgreSQL writes it, and its id. */
export interface Position {
  value: string;
  id: string;
}

export interface PageRequest {
  filter: LeadFilter;
  order: LeadOrder;
  /** The page begins behind this place. */
  after: Position | undefined;
  limit: number;
  /** Only these, where they match. */
  ids?: readonly string[];
}

export interface LeadList {
  page(request: PageRequest): Promise<{ lead: Lead; position: Position }[]>;
}

/** Seals positions into texts that only this installation reads, and opens them again. */
export interface Cursors {
  /** @param query what the position belongs to; the cursor opens with an equal one only */
  seal(position: Position, query: unknown): Promise<string>;
  /** Undefined for a text that is no cursor of this installation for this query. */
  open(cursor: string, query: unknown): Promise<Position | undefined>;
}

export interface LeadPage {
  leads: Lead[];
  /** Null on the last page. */
  nextCursor: string | null;
}

/**
 * One page of the leads that match. A cursor belongs to its filters and order.
 *
 * @throws ParameterError for a cursor that is not one of ours, or belongs to another query
 */
export async function listLeads(
  { list, cursors }: { list: LeadList; cursors: Cursors },
  { filter, order, limit, cursor }: LeadQuery,
): Promise<LeadPage> {
  const query = [filter, order];
  const after = cursor === undefined ? undefined : await cursors.open(cursor, query);
  if (cursor !== undefined && !after) {
    throw new ParameterError(
      'cursor',
      'cursor is the next_cursor of an answer to the same filters and the same sort.',
    );
  }
  // One more than asked for tells whether there is a next page.
  const found = await list.page({ filter, order, after, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    leads: shown.map(({ lead }) => lead),
    nextCursor: found.length > limit && last ? await cursors.seal(last.position, query) : null,
  };
}
