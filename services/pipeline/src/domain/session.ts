import type { Locale } from '@meander/lead';

/** The languages' own names, for the switch. */
export const otherLanguage: Readonly<Record<Locale, { locale: Locale; name: string }>> = {
  nb: { locale: 'en', name: 'English' },
  en: { locale: 'nb', name: 'Norsk' },
};

/** How long a sign-in lasts: a working day, in seconds. */
export const sessionSeconds = 12 * 60 * 60;

/** How long a person may be away at the issuer's page, in seconds. */
export const pendingSeconds = 10 * 60;

/**
 * Where a person goes on after a form: a path of the board, else its first page. An address of elsewhere, in
 * any disguise (`//host`, `/board\\..`, a line break), leads nowhere else.
 */
export function boardPath(asked: unknown): string {
  const text = typeof asked === 'string' ? asked : '';
  return /^\/board(?:[/?][\w\-./?&=%+~*:]*)?$/.test(text) && !text.includes('..') ? text : '/board';
}
