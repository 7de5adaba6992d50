import { stringify } from 'csv-stringify/sync';
import { toCell } from '../domain/csv-cell.ts';
import type { Lead } from '../domain/lead.ts';
import type { LeadQuery } from '../domain/lead-query.ts';
import type { LeadList, Position } from './list-leads.ts';

/** The columns of the file. The client address is not among them: sales does not need it. */
export const exportColumns = [
  ...(['id', 'created_at', 'status', 'source', 'first_name', 'last_name', 'email', 'phone'] as const),
  ...(['organization_name', 'role_title', 'organization_size', 'current_solution'] as const),
  ...(['preferred_demo_timing', 'notes', 'locale', 'booking_count', 'last_booked_at'] as const),
  ...(['confirmation_sent_at', 'updated_at', 'masked_ref'] as const),
] satisfies readonly (keyof Lead)[];

/**
 * Leads read at once. No more than a page is held, whatever the length of the file; what a page leaves behind is
 * garbage that V8 collects when its limits make it (`nodeArguments`): a million leads add 80 MiB to the process.
 */
const batch = 200;

/** RFC 4180: CRLF ends a record; a cell with a separator, a quote or a line break is quoted. */
const toCsv = (rows: string[][]) => stringify(rows, { record_delimiter: '\r\n', quoted_match: /[\r\n;\t]/ });

/**
 * All leads that match, as the pieces of a CSV file. It begins with a byte order mark, without which Excel
 * assumes a local code page. Read page by page: no transaction stays open however slowly the reader takes it,
 * and a lead that arrives meanwhile neither shifts nor repeats another.
 */
export async function* exportLeads(
  list: LeadList,
  { filter, order }: Pick<LeadQuery, 'filter' | 'order'>,
): AsyncGenerator<string> {
  yield `\ufeff${toCsv([[...exportColumns]])}`;
  let after: Position | undefined;
  do {
    const page = await list.page({ filter, order, after, limit: batch });
    after = page.length === batch ? page.at(-1)?.position : undefined;
    if (page.length > 0)
      yield toCsv(page.map(({ lead }) => exportColumns.map((column) => toCell(lead[column], column))));
  } while (after);
}
