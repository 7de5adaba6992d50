import type { Locale } from '@meander/lead';

/** Everything that the booking form says, by language. */
export interface BookingTexts {
  title: string;
  lead: string;
  otherLanguage: { locale: Locale; name: string };
  labels: Record<string, string>;
  hints: Record<string, string>;
  optional: string;
  noAnswer: string;
  people: string;
  submit: string;
  privacyTitle: string;
  /** @param days how long client addresses are kept */
  privacy: (days: number) => readonly string[];
  faults: string;
  faultMark: string;
  /** `{}` is the number of minutes. */
  limited: string;
  failed: string;
  /** `{}` is the address that was probably meant. */
  meant: string;
  trap: string;
}

export const bookingTexts: Readonly<Record<Locale, BookingTexts>> = {
  nb: {
    title: 'Bestill en demo av Meander',
    lead: 'Fortell oss litt om dere, så tar vi kontakt for å avtale en tid som passer.',
    otherLanguage: { locale: 'en', name: 'English' },
    labels: {
      first_name: 'Fornavn',
      last_name: 'Etternavn',
      email: 'E-post på jobb',
      phone: 'Telefon',
      organization_name: 'Organisasjon',
      role_title: 'Din rolle',
      organization_size: 'Hvor mange er dere?',
      current_solution: 'Hva bruker dere i dag?',
      preferred_demo_timing: 'Når passer det best?',
      notes: 'Noe annet vi bør vite?',
    },
    hints: {
      email: 'Hit sender vi bekreftelsen.',
      role_title: 'For eksempel koordinator, daglig leder eller IT-ansvarlig.',
      current_solution: 'For eksempel Excel, Word-skjemaer eller ingenting ennå.',
      preferred_demo_timing: 'For eksempel ukedager etter kl. 13.',
    },
    optional: 'valgfritt',
    noAnswer: 'Velg',
    people: 'personer',
    submit: 'Bestill demo',
    privacyTitle: 'Slik bruker vi opplysningene',
    privacy: (days) => [
      'Vi bruker det du skriver bare til å svare på henvendelsen og avtale en demo. Det deles ikke med andre, og siden setter ingen informasjonskapsler.',
      `Nettadressen din (IP) lagres i høyst ${days} dager for å stoppe misbruk.`,
      'Svar på bekreftelsen hvis du vil se, rette eller slette det vi har om deg.',
    ],
    faults: 'Noen felt må rettes:',
    faultMark: 'Feil:',
    limited: 'Det ble litt mange forsøk. Prøv igjen om {} min. Det du har skrevet, blir stående.',
    failed: 'Bestillingen kom ikke fram. Det du har skrevet, blir stående: vent litt, og prøv igjen.',
    meant: 'Mente du {}?',
    trap: 'La dette feltet stå tomt',
  },
  en: {
    title: 'Book a demo of Meander',
    lead: 'Tell us a little about yourselves, and we will contact you to arrange a time that suits you.',
    otherLanguage: { locale: 'nb', name: 'Norsk' },
    labels: {
      first_name: 'First name',
      last_name: 'Last name',
      email: 'Work email',
      phone: 'Phone',
      organization_name: 'Organisation',
      role_title: 'Your role',
      organization_size: 'How many are you?',
      current_solution: 'What do you use today?',
      preferred_demo_timing: 'When would suit you best?',
      notes: 'Anything else we should know?',
    },
    hints: {
      email: 'We send the confirmation here.',
      role_title: 'Such as coordinator, managing director or head of IT.',
      current_solution: 'Such as Excel, Word forms or nothing yet.',
      preferred_demo_timing: 'Such as weekdays after 1 pm.',
    },
    optional: 'optional',
    noAnswer: 'Choose',
    people: 'people',
    submit: 'Book a demo',
    privacyTitle: 'How we use what you write',
    privacy: (days) => [
      'We use what you write only to answer you and to arrange a demo. It is shared with nobody, and this page sets no cookies.',
      `Your network address (IP) is kept for at most ${days} days, to stop misuse.`,
      'Reply to the confirmation if you want to see, correct or delete what we have about you.',
    ],
    faults: 'Some fields need another look:',
    faultMark: 'Fault:',
    limited: 'That was a few attempts too many. Try again in {} min. What you have written stays here.',
    failed:
      'The booking did not get through. What you have written stays here: wait a little, and try again.',
    meant: 'Did you mean {}?',
    trap: 'Leave this field empty',
  },
};
