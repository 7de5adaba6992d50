import { randomUUID } from 'node:crypto';
import {
  type Attribution,
  contactFieldNames,
  type FieldError,
  type Locale,
  limits,
  organizationSizes,
  requiredContactFieldNames,
} from '@meander/lead';
import { createPageToken, pageTokenField } from '../domain/page-token.ts';
import { honeypotField } from '../domain/suspicion.ts';
import { templates } from './assets.ts';
import { bookingTexts } from './booking-texts.ts';

/** The form's field for the Idempotency-Key, since a plain form sends no header. */
export const idempotencyField = 'idempotency_key';

export interface BookingPageState {
  locale: Locale;
  /** What the visitor typed, to be shown again. */
  typed?: Readonly<Record<string, string>>;
  errors?: readonly FieldError[];
  /** Within another site's page. */
  embedded?: boolean;
  /** How the visitor came: it goes along with the booking, and to the page in the other language. */
  attribution?: Attribution | null;
}

export type BookingPage = (state: BookingPageState) => string;

type FieldName = (typeof contactFieldNames)[number];

/** How each field is entered; what is not said is a plain line of text. */
const inputs: Partial<
  Record<FieldName, { type?: string; autocomplete?: string; rows?: number; max?: number }>
> = {
  first_name: { autocomplete: 'given-name', max: limits.name },
  last_name: { autocomplete: 'family-name', max: limits.name },
  email: { type: 'email', autocomplete: 'email', max: limits.email },
  phone: { type: 'tel', autocomplete: 'tel', max: limits.phone },
  organization_name: { autocomplete: 'organization', max: limits.organizationName },
  role_title: { autocomplete: 'organization-title', max: limits.roleTitle },
  current_solution: { rows: 2, max: limits.currentSolution },
  preferred_demo_timing: { max: limits.preferredDemoTiming },
  notes: { rows: 5, max: limits.notes },
};

const render = templates.compile<object>('booking');

function fieldOf(name: FieldName, { locale, typed = {}, errors = [] }: BookingPageState) {
  const text = bookingTexts[locale];
  const { type = 'text', autocomplete = 'off', rows, max } = inputs[name] ?? {};
  const value = typed[name] ?? '';
  const error = errors.find(({ field }) => field === name)?.message;
  const hint = text.hints[name];
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
  const choices = organizationSizes.map((size) => ({ size, selected: size === value }));
  return {
    name,
    value,
    type,
    autocomplete,
    rows: rows ?? null,
    max,
    label: text.labels[name],
    required: (requiredContactFieldNames as readonly string[]).includes(name),
    choices: name === 'organization_size' ? choices : null,
    hint,
    error,
    described,
  };
}

/**
 * The booking form, which works without scripts. Each page carries a key of its own, so that a double click
 * books once, and a signed time, by which a program that fills it in at once is told apart.
 */
export function createBookingPage({
  signingKey,
  retentionDays,
  now,
}: {
  signingKey: string;
  retentionDays: number;
  now: () => Date;
}): BookingPage {
  return (state) => {
    const text = bookingTexts[state.locale];
    const fields = contactFieldNames.map((name) => fieldOf(name, state));
    const around = { ...(state.embedded ? { embed: '1' } : {}), ...state.attribution };
    const faulty = fields.filter(({ error }) => error !== undefined);
    return render({
      locale: state.locale,
      embedded: state.embedded ?? false,
      privacy: text.privacy(retentionDays),
      text,
      otherLanguage: `/?${new URLSearchParams({ lang: text.otherLanguage.locale, ...around })}`,
      fields,
      faulty: faulty.length > 0 ? faulty : null,
      trap: honeypotField,
      hidden: [
        { name: 'locale', value: state.locale },
        ...Object.entries(around).map(([name, value]) => ({ name, value })),
        { name: idempotencyField, value: randomUUID() },
        { name: pageTokenField, value: createPageToken(now(), signingKey) },
      ],
    });
  };
}
