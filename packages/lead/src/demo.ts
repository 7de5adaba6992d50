import type { Locale } from './fields.ts';
import { limits } from './fields.ts';
import type { MessageVariant } from './messages.ts';
import { messageFor } from './messages.ts';
import type { FieldError, RuleName } from './rules.ts';
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

type Judged<T> = { value: T } | { rule: RuleName; variant?: MessageVariant };

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

  const at: Judged<Date> = isGiven('demo_at')
    ? judgeTime(given('demo_at'))
    : { rule: 'required_fields_present' };
  const minutes = judgeMinutes(given('demo_minutes'));
  const location = judgeLocation(given('demo_location'));
  if ('value' in at && 'value' in minutes && 'value' in location) {
    return { ok: true, value: { at: at.value, minutes: minutes.value, location: location.value } };
  }
  const judged: [DemoField, Judged<unknown>][] = [
    ['demo_at', at],
    ['demo_minutes', minutes],
    ['demo_location', location],
  ];
  const errors = judged.flatMap(([field, outcome]) =>
    'rule' in outcome
      ? [{ field, rule: outcome.rule, message: messageFor(outcome.rule, locale, outcome.variant) }]
      : [],
  );
  return { ok: false, errors };
}
