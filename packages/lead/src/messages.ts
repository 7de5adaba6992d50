import type { Locale } from './fields.ts';
import { limits, lostReasons, organizationSizes, sources, statuses } from './fields.ts';
import type { RuleName } from './rules.ts';

type Message = Readonly<Record<Locale, string>>;

/** "a, b or c", for the closed lists. */
function oneOf(values: readonly string[], or: string): string {
  return `${values.slice(0, -1).join(', ')} ${or} ${values.at(-1)}`;
}

function choice(values: readonly string[]): Message {
  return { nb: `Velg ${oneOf(values, 'eller')}.`, en: `Choose ${oneOf(values, 'or')}.` };
}

function atMost(most: number): Message {
  const number = (locale: string) => most.toLocaleString(locale);
  return {
    nb: `Kort ned teksten til høyst ${number('nb')} tegn.`,
    en: `Shorten this to at most ${number('en')} characters.`,
  };
}

const messages: Readonly<Record<RuleName, Message>> = {
  required_fields_present: { nb: 'Fyll ut dette feltet.', en: 'Fill in this field.' },
  email_format: {
    nb: 'Skriv én e-postadresse, for eksempel navn@firma.no. Foran @ kan den bare ha bokstavene a–z, tall og vanlige tegn.',
    en: 'Write one email address, such as name@company.com. Before the @ only the letters a–z, digits and ordinary signs can be used.',
  },
  email_length_limit: {
    nb: `Bruk en e-postadresse på høyst ${limits.email} tegn, med høyst ${limits.emailLocalPart} foran @.`,
    en: `Use an email address of at most ${limits.email} characters, with at most ${limits.emailLocalPart} before the @.`,
  },
  name_field_length: atMost(limits.name),
  organization_name_length: atMost(limits.organizationName),
  phone_format_if_provided: {
    nb: `Skriv et fullstendig telefonnummer, for eksempel 406 12 345 eller +46 70 174 06 05, på høyst ${limits.phone} tegn, eller la feltet stå tomt.`,
    en: `Write a complete phone number, such as +44 20 7946 0018, of at most ${limits.phone} characters, or leave the field empty.`,
  },
  notes_length_limit: atMost(limits.notes),
  status_enum_constraint: choice(statuses),
  role_title_length: atMost(limits.roleTitle),
  current_solution_length: atMost(limits.currentSolution),
  preferred_demo_timing_length: atMost(limits.preferredDemoTiming),
  organization_size_enum_constraint: choice(organizationSizes),
  source_enum_constraint: choice(sources),
  forbidden_characters: {
    nb: 'Fjern linjeskift og usynlige styretegn. Lim inn som ren tekst, eller skriv det på nytt.',
    en: 'Remove line breaks and invisible control characters. Paste as plain text, or type it again.',
  },
  unknown_field: {
    nb: 'Dette feltet kan ikke settes her. Ta det bort.',
    en: 'This field cannot be set here. Leave it out.',
  },
  reason_length: atMost(limits.reason),
  lost_reason_enum_constraint: choice(lostReasons),
  deal_value_range: {
    nb: 'Skriv verdien i kroner som et tall fra 0 til 999999999999,99.',
    en: 'Write the value in NOK as a number from 0 to 999999999999.99.',
  },
  version_of_a_change: {
    nb: 'Oppgi versjonen som endringen ga, slik tidslinjen viser den.',
    en: 'Give the version that the change made, as the timeline shows it.',
  },
  fields_of_a_change: {
    nb: 'Oppgi navnene på feltene som en liste, eller la dem være ute.',
    en: 'Give the names of the fields as a list, or leave them out.',
  },
  demo_at_format: {
    nb: 'Skriv dato og klokkeslett med tidssone, for eksempel 2026-03-27T13:00:00+01:00.',
    en: 'Write a date and time with its offset, such as 2026-03-27T13:00:00+01:00.',
  },
  demo_minutes_range: {
    nb: `Skriv et helt antall minutter fra ${limits.demoMinutes.least} til ${limits.demoMinutes.most}.`,
    en: `Write a whole number of minutes from ${limits.demoMinutes.least} to ${limits.demoMinutes.most}.`,
  },
  demo_location_length: atMost(limits.demoLocation),
};

const notText: Message = { nb: 'Verdien må være én tekst.', en: 'The value must be one text.' };
const invisibleInSeveralLines: Message = {
  nb: 'Fjern usynlige styretegn. Lim inn som ren tekst, eller skriv det på nytt.',
  en: 'Remove invisible control characters. Paste as plain text, or type it again.',
};

/** What is special about the breach, where the rule's usual advice would not help. */
export type MessageVariant = 'not-text' | 'multiline';

/**
 * What a person should do about a broken rule, in their language: names the limit, never repeats the value.
 * `not-text`: the value was no string; `multiline`: the field may hold line breaks, so they are not to blame.
 */
export function messageFor(rule: RuleName, locale: Locale, variant?: MessageVariant): string {
  if (variant === 'not-text') return notText[locale];
  if (variant === 'multiline' && rule === 'forbidden_characters') return invisibleInSeveralLines[locale];
  return messages[rule][locale];
}
