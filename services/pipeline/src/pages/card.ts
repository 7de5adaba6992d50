import { allowedTransitions, isFinal, type Locale, type Status, type TransitionPolicy } from '@meander/lead';
import type { Lead } from '../domain/lead.ts';
import { templates } from './templates.ts';
import { boardTexts } from './texts/index.ts';
import { inWords } from './times.ts';

export interface CardContext {
  locale: Locale;
  policy: TransitionPolicy;
  /** Without the right to move, no moves are offered. */
  canMove: boolean;
  /** Where a move without scripts comes back to. */
  here: string;
  now: Date;
  order: keyof Pick<Lead, 'created_at' | 'updated_at' | 'last_booked_at' | 'organization_name'>;
}

export const nameOf = ({ first_name, last_name }: Pick<Lead, 'first_name' | 'last_name'>) =>
  `${first_name} ${last_name}`;

/** The moves of a lead as buttons; a final one leads to a page that asks first. */
export function movesOf(
  lead: Lead,
  { locale, policy, canMove }: Pick<CardContext, 'locale' | 'policy' | 'canMove'>,
) {
  const offered: Status[] = canMove ? allowedTransitions(lead.status, policy) : [];
  return offered.map((to) => ({
    to,
    label: boardTexts[locale].statuses[to],
    href: isFinal(to) ? `/board/leads/${lead.id}/move?to=${to}` : null,
  }));
}

/** A lead as the board shows it. What waits is counted from when it came, the rest from its last change. */
export function cardOf(lead: Lead, context: CardContext) {
  const { locale, now, here, order } = context;
  const t = boardTexts[locale];
  const since = lead.status === 'new' ? lead.created_at : lead.updated_at;
  const words = lead.status === 'new' ? t.board.waiting : t.board.changed;
  const seconds = (now.getTime() - since.getTime()) / 1000;
  const position = lead[order];
  const moves = movesOf(lead, context);
  return {
    id: lead.id,
    status: lead.status,
    href: `/board/leads/${lead.id}`,
    name: nameOf(lead),
    organization: lead.organization_name,
    size: lead.organization_size && t.people(lead.organization_size),
    since: since.toISOString(),
    sinceWords: words,
    sinceText: words.replace('{}', inWords(seconds, locale)),
    bookedAgain: lead.booking_count > 1 ? t.board.bookedAgain(lead.booking_count) : null,
    position: position instanceof Date ? position.toISOString() : position,
    moves: moves.length > 0 ? moves : null,
    moveNames: moves.map(({ to }) => to).join(' '),
    moveLabel: t.board.move,
    moveWhom: t.board.moveWhom(nameOf(lead)),
    here,
  };
}

/** One card by itself, for a board that is open. */
export const renderCard = templates.compile<ReturnType<typeof cardOf>>('card');
