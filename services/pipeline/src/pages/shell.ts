import { otherLanguage } from '../domain/session.ts';
import type { Session } from '../handlers/sign-in.ts';
import { boardTexts } from './texts/index.ts';

const pages = ['board', 'numbers', 'quarantine', 'mails'] as const;
export type PageName = (typeof pages)[number];

export interface Notice {
  text: string;
  fault: boolean;
}

/** What is around every page of the board: where one is, who one is, and the other language. */
export function shell(
  { locale, actor }: Session,
  {
    title,
    page,
    here,
    notice = null,
  }: { title: string; page: PageName | null; here: string; notice?: Notice | null },
) {
  const t = boardTexts[locale];
  const nav = pages.map((name) => ({
    href: name === 'board' ? '/board' : `/board/${name}`,
    text: t.nav[name],
    current: name === page,
  }));
  return {
    locale,
    t,
    title,
    nav,
    here,
    notice,
    isFault: notice?.fault ?? false,
    actor: actor.name,
    other: otherLanguage[locale],
  };
}
