import type { Status } from '@meander/lead';
import type { LeadPage } from '../handlers/list-leads.ts';
import { type BoardState, cardContext, moreLink } from './board-page.ts';
import { cardOf } from './card.ts';
import { shell } from './shell.ts';
import { templates } from './templates.ts';
import { boardTexts } from './texts/index.ts';

const render = templates.compile<object>('column');

/** One column page by page: what an open board reads as it is scrolled, and what there is without scripts. */
export function columnPage(
  state: Omit<BoardState, 'columns' | 'notice'> & { status: Status; page: LeadPage },
): string {
  const { session, query, status, page } = state;
  const t = boardTexts[session.locale];
  const context = cardContext(state);
  return render({
    ...shell(session, { title: t.board.columnTitle(t.statuses[status]), page: null, here: context.here }),
    status,
    cards: page.leads.map((lead) => cardOf(lead, context)),
    more: page.nextCursor && moreLink(status, query, page.nextCursor),
  });
}
