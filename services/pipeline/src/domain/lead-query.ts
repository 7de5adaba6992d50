import {
  countCodePoints,
  hasForbiddenCharacters,
  normalizeText,
  type OrganizationSize,
  organizationSizes,
  type Source,
  type Status,
  sources,
  statuses,
} from '@meander/lead';
import { assertKnown, oneOf, ParameterError, type Query, readAll, readCount, readOne } from './parameters.ts';
import { type Period, periodParameters, readPeriod } from './period.ts';

/** Which leads: all that match every given part. */
export interface LeadFilter extends Period {
  /** Empty means any. Sorted, each once. */
  statuses: readonly Status[];
  source: Source | null;
  organizationSize: OrganizationSize | null;
  /** A part of the name, the email or the organization's name; case and accents do not count. */
  search: string | null;
}

export const sortColumns = ['created_at', 'updated_at', 'last_booked_at', 'organization_name'] as const;

/** Leads of equal value stand in the order of their ids, so that every order is total. */
export interface LeadOrder {
  column: (typeof sortColumns)[number];
  descending: boolean;
}

/** One page of the list. */
export interface LeadQuery {
  filter: LeadFilter;
  order: LeadOrder;
  limit: number;
  /** Where the page before has ended, as it was given to the caller. */
  cursor: string | undefined;
}

const filterParameters = ['status', 'source', 'organization_size', 'q', ...periodParameters, 'sort'];
const pageSize = { most: 200, fallback: 50 };
/** Code points. Longer than any name, shorter than what would cost the database time. */
const longestSearch = 200;

function readSearch(query: Query): string | null {
  const text = normalizeText(readOne(query, 'q') ?? '', { multiline: false });
  if (text === '') return null;
  if (countCodePoints(text) > longestSearch || hasForbiddenCharacters(text, { multiline: false })) {
    throw new ParameterError('q', `q is one line of at most ${longestSearch} characters.`);
  }
  return text;
}

function readChoice<T extends string>(query: Query, name: string, choices: readonly T[]): T | null {
  const value = readOne(query, name);
  return value === undefined ? null : oneOf(name, value, choices);
}

function readOrder(query: Query): LeadOrder {
  const given = readOne(query, 'sort') ?? '-created_at';
  const orders = sortColumns.flatMap((column) => [column, `-${column}`] as const);
  const sort = oneOf('sort', given, orders);
  const column = sort.replace('-', '') as LeadOrder['column'];
  return { column, descending: sort.startsWith('-') };
}

function readFilter(query: Query): LeadFilter {
  const given = readAll(query, 'status').map((value) => oneOf('status', value, statuses));
  return {
    statuses: [...new Set(given)].sort(),
    source: readChoice(query, 'source', sources),
    organizationSize: readChoice(query, 'organization_size', organizationSizes),
    search: readSearch(query),
    ...readPeriod(query),
  };
}

/** Reads the parameters of a page of the list. @throws ParameterError for the first that is not valid */
export function readLeadQuery(query: Query): LeadQuery {
  assertKnown(query, [...filterParameters, 'limit', 'cursor']);
  return {
    filter: readFilter(query),
    order: readOrder(query),
    limit: readCount(query, 'limit', pageSize),
    cursor: readOne(query, 'cursor'),
  };
}

/** Reads the parameters of an export: the same filters and orders, and all that match. @throws ParameterError */
export function readExportQuery(query: Query): Pick<LeadQuery, 'filter' | 'order'> {
  assertKnown(query, filterParameters);
  return { filter: readFilter(query), order: readOrder(query) };
}
