import type { SignInFault } from '@meander/auth';
import type { Locale } from '@meander/lead';
import { otherLanguage } from '../domain/session.ts';
import { templates } from './templates.ts';
import { boardTexts } from './texts/index.ts';

const render = templates.compile<object>('sign-in');

/** Why the issuer's answer signs nobody in. */
export type OrganisationFault = SignInFault | 'forbidden';
type KeyFault = 'refused' | { retryMinutes: number };

export interface SignInState {
  locale: Locale;
  /** Where to go on. */
  next: string;
  /** The address that leads to the organisation's own sign-in; null where there is none. */
  organisation: string | null;
  fault?: KeyFault | OrganisationFault;
}

const isOfKey = (fault: KeyFault | OrganisationFault): fault is KeyFault =>
  fault === 'refused' || typeof fault === 'object';

/** The page that takes a key, or leads to the organisation. What was typed is not shown again: it is a secret. */
export function signInPage({ locale, next, organisation, fault }: SignInState): string {
  const t = boardTexts[locale];
  const wordsOf = (one: KeyFault) =>
    one === 'refused' ? t.signIn.refused : t.signIn.tooMany(one.retryMinutes);
  return render({
    ...{ locale, t, next, other: otherLanguage[locale] },
    organisation: organisation && `${organisation}?${new URLSearchParams({ next, lang: locale })}`,
    fault: fault !== undefined && isOfKey(fault) ? wordsOf(fault) : null,
    organisationFault: fault !== undefined && !isOfKey(fault) ? t.signIn.organisationFaults[fault] : null,
  });
}
