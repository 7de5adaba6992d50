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
  privacy: string;
  faults: string;
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
      preferred_demo_timing: 'For eksempel ukedager etter kl. 13.',
    },
    optional: 'valgfritt',
    noAnswer: 'Velg',
    people: 'personer',
    submit: 'Bestill demo',
    privacy:
      'Vi bruker opplysningene bare til å svare på henvendelsen. Svar på bekreftelsen om du vil ha dem endret eller slettet.',
    faults: 'Noen felt må rettes:',
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
    privacy:
      'We use what you write only to answer you. Reply to the confirmation if you want it changed or deleted.',
    faults: 'Some fields need another look:',
    trap: 'Leave this field empty',
  },
};
