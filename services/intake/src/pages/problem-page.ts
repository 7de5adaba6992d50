import type { Locale } from '@meander/lead';
import type { Problem, ProblemPage } from '@meander/runtime';
import { requestLocale } from '../routes/locale.ts';
import { templates } from './assets.ts';

interface ProblemText {
  title: string;
  text: string;
}

const minutes = (problem: Problem) => Number(problem.members.retry_after_minutes);

const texts: Readonly<Record<Locale, (problem: Problem) => ProblemText>> = {
  nb: (problem) => {
    if (problem.code === 'rate-limited') {
      return {
        title: 'Det ble litt mange forsøk',
        text: `Vi tar imot noen få bestillinger i timen fra samme nett. Prøv igjen om ${minutes(problem)} ${minutes(problem) === 1 ? 'minutt' : 'minutter'}.`,
      };
    }
    if (problem.status === 404) {
      return {
        title: 'Siden finnes ikke',
        text: 'Sjekk at lenken er hel, eller start på nytt fra bestillingsskjemaet.',
      };
    }
    if (problem.status === 413) {
      return {
        title: 'Det ble for mye tekst',
        text: 'Vi tar imot til sammen 32 KiB, omtrent 30 000 tegn. Gå tilbake til bestillingsskjemaet, og skriv litt kortere.',
      };
    }
    if (problem.status >= 500) {
      return {
        title: 'Noe gikk galt hos oss',
        text: 'Bestillingen ble ikke sendt. Vent litt, og prøv igjen.',
      };
    }
    return { title: 'Det lot seg ikke gjøre', text: 'Gå tilbake til bestillingsskjemaet, og prøv igjen.' };
  },
  en: (problem) => {
    if (problem.code === 'rate-limited') {
      return {
        title: 'That was a few attempts too many',
        text: `We take a few bookings an hour from one network. Try again in ${minutes(problem)} ${minutes(problem) === 1 ? 'minute' : 'minutes'}.`,
      };
    }
    if (problem.status === 404) {
      return {
        title: 'There is no such page',
        text: 'Check that the link is whole, or start again from the booking form.',
      };
    }
    if (problem.status === 413) {
      return {
        title: 'That was too much text',
        text: 'We take 32 KiB in all, about 30,000 characters. Go back to the booking form, and write a little less.',
      };
    }
    if (problem.status >= 500) {
      return {
        title: 'Something went wrong on our side',
        text: 'The booking was not sent. Wait a little, and try again.',
      };
    }
    return { title: 'That did not work', text: 'Go back to the booking form, and try again.' };
  },
};

const backTexts: Readonly<Record<Locale, string>> = {
  nb: 'Til bestillingsskjemaet',
  en: 'To the booking form',
};

const render = templates.compile<object>('problem');

/** What a browser shows instead of problem+json: what happened and what to do, in the visitor's language. */
export const problemPage: ProblemPage = (problem, req) => {
  const locale = requestLocale(req);
  return render({ locale, back: backTexts[locale], ...texts[locale](problem) });
};
