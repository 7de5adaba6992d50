import type { LeadFilter, LeadOrder } from './lead-query.ts';
import { readExportQuery } from './lead-query.ts';
import type { Query } from './parameters.ts';

/** What the board shows, as its address says. */
export interface BoardQuery {
  filter: LeadFilter;
  order: LeadOrder;
  /** The parameters that were given, as they stand in an address, for links that keep them. */
  text: string;
  given: Readonly<Record<BoardParameter, string>>;
}

const parameters = ['q', 'source', 'organization_size', 'sort'] as const;
type BoardParameter = (typeof parameters)[number];

/** The orders that the board offers: each is answered by an index together with a status. */
export const boardSorts = ['-created_at', 'created_at', 'organization_name'] as const;

/**
 * Reads the filters of the board. A form sends its empty fields too, and they filter nothing; what else stands
 * in the address (a notice, a cursor) is not a filter.
 *
 * @throws ParameterError for a filter that there is not
 */
export function readBoardQuery(query: Query): BoardQuery {
  const given = Object.fromEntries(
    parameters.map((name) => [name, typeof query[name] === 'string' ? query[name].trim() : '']),
  ) as Record<BoardParameter, string>;
  const filled = Object.entries(given).filter(([, value]) => value !== '');
  return {
    ...readExportQuery(Object.fromEntries(filled)),
    text: new URLSearchParams(filled).toString(),
    given,
  };
}
