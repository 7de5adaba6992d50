import type { Database } from '@meander/runtime';
import type { Lead } from '../domain/lead.ts';
import type { LeadFilter, LeadOrder } from '../domain/lead-query.ts';
import type { LeadList, PageRequest } from '../handlers/list-leads.ts';
import { leadColumns } from './lead-columns.ts';
import { isReal } from './real-leads.ts';

type Row = Lead & { position: string };

/** Microseconds and all, in a form that no setting of the connection changes. */
const positionOf = (column: string) => `to_jsonb(leads.${column}) #>> '{}' AS position`;
const typeOf = (column: LeadOrder['column']) => (column === 'organization_name' ? 'text' : 'timestamptz');

/** The leads that match every given part of the filter. */
export function matching(db: Database, filter: LeadFilter) {
  const { statuses, source, organizationSize, search, createdAfter, createdBefore } = filter;
  return db('leads').where((all) => {
    all.whereRaw(isReal('leads.id'));
    const [onlyStatus, ...further] = statuses;
    if (onlyStatus !== undefined && further.length === 0) all.where({ status: onlyStatus });
    else if (onlyStatus !== undefined) all.whereIn('status', [...statuses]);
    if (source !== null) all.where({ source });
    if (organizationSize !== null) all.where({ organization_size: organizationSize });
    if (search !== null) all.whereRaw('search_matches(search_text, ?)', [search]);
    if (createdAfter !== null) all.whereRaw('created_at >= ?::timestamptz', [createdAfter]);
    if (createdBefore !== null) all.whereRaw('created_at < ?::timestamptz', [createdBefore]);
  });
}

/** The query of one page; its own function, so that its plan can be looked at. */
export function pageQuery(db: Database, { filter, order, after, limit, ids }: PageRequest) {
  const { column, descending } = order;
  const direction = descending ? 'desc' : 'asc';
  const query = matching(db, filter)
    .select(...leadColumns, db.raw(positionOf(column)))
    .orderBy([
      { column, order: direction },
      { column: 'id', order: direction },
    ])
    .limit(limit);
  if (ids) query.whereIn('id', [...ids]);
  if (after) {
    const comparison = `(${column}, id) ${descending ? '<' : '>'} (?::${typeOf(column)}, ?::uuid)`;
    query.whereRaw(comparison, [after.value, after.id]);
  }
  return query;
}

/**
 * Pages by keyset: each begins behind the last lead of the one before, so that it costs the same however far
 * it is, and no lead is shown twice or left out because another arrived meanwhile.
 */
export function createLeadList(db: Database): LeadList {
  return {
    async page(request) {
      const rows: Row[] = await pageQuery(db, request);
      return rows.map(({ position, ...lead }) => ({ lead, position: { value: position, id: lead.id } }));
    },
  };
}
