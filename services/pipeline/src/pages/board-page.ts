import { organizationSizes, sources, type TransitionPolicy } from '@meander/lead';
import { type BoardQuery, boardSorts } from '../domain/board-query.ts';
import type { Column } from '../handlers/show-board.ts';
import type { Session } from '../handlers/sign-in.ts';
import { type CardContext, cardOf } from './card.ts';
import { type Notice, shell } from './shell.ts';
import { templates } from './templates.ts';
import { type BoardTexts, boardTexts } from './texts/index.ts';

const render = templates.compile<object>('board');

export interface BoardState {
  session: Session;
  query: BoardQuery;
  columns: readonly Column[];
  policy: TransitionPolicy;
  now: Date;
  notice: Notice | null;
}

const withQuery = (path: string, text: string) => (text === '' ? path : `${path}?${text}`);

/** What the cards of a board have in common. */
export function cardContext({
  session,
  query,
  policy,
  now,
}: Pick<BoardState, 'session' | 'query' | 'policy' | 'now'>): CardContext {
  return {
    locale: session.locale,
    policy,
    canMove: session.scopes.includes('leads:write'),
    here: withQuery('/board', query.text),
    now,
    order: query.order.column,
  };
}

/** Where the cards behind the shown ones are. */
export function moreLink(status: string, query: BoardQuery, cursor: string): string {
  const parameters = new URLSearchParams(query.text);
  parameters.set('cursor', cursor);
  return `/board/columns/${status}?${parameters}`;
}

function choices(values: readonly string[], given: string, label: (value: string) => string) {
  return values.map((value) => ({ value, label: label(value), selected: value === given }));
}

function filtersOf({ given }: BoardQuery, t: BoardTexts) {
  return {
    q: given.q,
    sources: choices(sources, given.source, (value) => t.sources[value as keyof typeof t.sources]),
    sizes: choices(organizationSizes, given.organization_size, (value) => value),
    sorts: choices(
      boardSorts,
      given.sort || '-created_at',
      (value) => t.board.sorts[value as keyof typeof t.board.sorts],
    ),
    set: given.q !== '' || given.source !== '' || given.organization_size !== '',
  };
}

/** The board: a column for each status, complete without scripts. */
export function boardPage(state: BoardState): string {
  const { session, query, columns, notice } = state;
  const t = boardTexts[session.locale];
  const context = cardContext(state);
  const here = withQuery('/board', query.text);
  return render({
    ...shell(session, { title: t.board.title, page: 'board', here, notice }),
    query: query.text,
    sort: query.given.sort || '-created_at',
    filters: filtersOf(query, t),
    csv: withQuery('/leads/export.csv', query.text),
    columns: columns.map(({ status, count, leads, nextCursor }) => ({
      status,
      title: t.statuses[status],
      count,
      countText: t.board.count(count),
      cards: leads.map((lead) => cardOf(lead, context)),
      more: nextCursor && moreLink(status, query, nextCursor),
    })),
  });
}
