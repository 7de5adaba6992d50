import type { Locale } from '@meander/lead';
import { otherLanguage } from '../domain/session.ts';
import { templates } from './templates.ts';
import { boardTexts } from './texts/index.ts';

const render = templates.compile<object>('sign-in');

export interface SignInState {
  locale: Locale;
  /** Where to go on. */
  next: string;
  fault?: 'refused' | { retryMinutes: number };
}

/** The page that takes a key. What was typed is not shown again: it is a secret. */
export function signInPage({ locale, next, fault }: SignInState): string {
  const t = boardTexts[locale];
  const words =
    fault === undefined
      ? null
      : fault === 'refused'
        ? t.signIn.refused
        : t.signIn.tooMany(fault.retryMinutes);
  return render({ locale, t, next, fault: words, other: otherLanguage[locale] });
}
