import { checkBody, strictBody } from './check-body.ts';
import type { Locale } from './fields.ts';
import { limits } from './fields.ts';
import type { Judged } from './judged.ts';
import { judged } from './judged.ts';
import type { FieldError } from './rules.ts';
import { countCodePoints, hasForbiddenCharacters, normalizeText, trimWhiteSpace } from './text.ts';

/** When, for how long and where a demo takes place, as sales sets it. */
export interface Demo {
  at: Date;
  minutes: number;
  /** A place or a meeting's address; null where it is agreed in another way. */
  location: string | null;
}

/** The members of a request body that set a demo. */
export const demoFieldNames = ['demo_at', 'demo_minutes', 'demo_location'] as const;
type DemoField = (typeof demoFieldNames)[number];

/** The length of a demo that nobody gave one, in minutes. */
export const defaultDemoMinutes = 45;

/** RFC 3339 date-time: seconds may be left out, the offset may not (a wall clock alone is no moment). */
const dateTime =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** A real moment in this century, so that a slip of the year is seen. `Date` alone would roll 30 February over. */
function judgeTime(given: unknown): Judged<Date> {
  if (typeof given !== 'string') return { rule: 'demo_at_format' };
  const text = trimWhiteSpace(given);
  const [, year, month, day, hour, minute, second = '0'] = dateTime.exec(text) ?? [];
  if (year === undefined) return { rule: 'demo_at_format' };
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const isReal =
    Number(year) >= 2000 &&
    Number(year) < 2100 &&
    Number(month) >= 1 &&
    Number(month) <= 12 &&
    Number(day) >= 1 &&
    Number(day) <= lastDay &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60;
  return isReal ? { value: new Date(text.toUpperCase()) } : { rule: 'demo_at_format' };
}

function judgeMinutes(given: unknown): Judged<number> {
  if (given === undefined || given === null) return { value: defaultDemoMinutes };
  const { least, most } = limits.demoMinutes;
  return Number.isInteger(given) && Number(given) >= least && Number(given) <= most
    ? { value: Number(given) }
    : { rule: 'demo_minutes_range' };
}

function judgeLocation(given: unknown): Judged<string | null> {
  if (given === undefined || given === null) return { value: null };
  if (typeof given !== 'string') return { rule: 'demo_location_length', variant: 'not-text' };
  const text = normalizeText(given, { multiline: false });
  if (hasForbiddenCharacters(text, { multiline: false })) return { rule: 'forbidden_characters' };
  if (countCodePoints(text) > limits.demoLocation) return { rule: 'demo_location_length' };
  return { value: text === '' ? null : text };
}

/** The members that set a demo as joi schemas; that a length or a place needs a time is `parseDemo`'s to say. */
export const demoFieldSchemas = {
  demo_at: judged(judgeTime, {
    type: 'string',
    format: 'date-time',
    description: 'In this century, with an offset; seconds may be left out.',
  }),
  demo_minutes: judged(judgeMinutes, {
    type: ['integer', 'null'],
    minimum: limits.demoMinutes.least,
    maximum: limits.demoMinutes.most,
    default: defaultDemoMinutes,
  }),
  demo_location: judged(judgeLocation, { type: ['string', 'null'], maxLength: limits.demoLocation }),
};

/** The body that sets a demo. */
export const demoSchema = strictBody({
  ...demoFieldSchemas,
  demo_at: demoFieldSchemas.demo_at.required(),
});

/**
 * Reads `demo_at` (ISO 8601 date and time with an offset), `demo_minutes` (default 45) and `demo_location` of
 * a request body; other members are the caller's. Null where none of the three is given. Every fault at once,
 * by the rules `required_fields_present` (a length or a place without a time), `demo_at_format`,
 * `demo_minutes_range`, `demo_location_length` and `forbidden_characters`. A demo in the past is taken: whether
 * anybody is told is decided when the mail is due. Never throws.
 */
export function parseDemo(
  body: Readonly<Record<string, unknown>>,
  locale: Locale,
): { ok: true; value: Demo | null } | { ok: false; errors: FieldError[] } {
  const given = (field: DemoField) => (Object.hasOwn(body, field) ? body[field] : undefined);
  const isGiven = (field: DemoField) => given(field) !== undefined && given(field) !== null;
  if (!demoFieldNames.some(isGiven)) return { ok: true, value: null };

  const members = Object.fromEntries(demoFieldNames.map((field) => [field, given(field)]));
  const asked = checkBody<{ demo_at: Date; demo_minutes?: number; demo_location?: string | null }>(
    demoSchema,
    { ...members, demo_at: given('demo_at') ?? undefined },
    { locale },
  );
  if (!asked.ok) return asked;
  const {
    demo_at: at,
    demo_minutes: minutes = defaultDemoMinutes,
    demo_location: location = null,
  } = asked.value;
  return { ok: true, value: { at, minutes, location } };
}
