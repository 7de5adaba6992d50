import {
  countCodePoints,
  type FieldError,
  hasForbiddenCharacters,
  type Locale,
  limits,
  type MessageVariant,
  messageFor,
  normalizeText,
  parseStatus,
  type RuleName,
  type Status,
} from '@meander/lead';
import { outcomeFields, parseOutcome, type TransitionOutcome } from './transition-outcome.ts';

export interface TransitionRequest extends TransitionOutcome {
  to: Status;
  reason: string | null;
}

type Judged<T> = { ok: true; value: T } | { ok: false; error: FieldError };

function parseReason(value: unknown, locale: Locale): Judged<string | null> {
  const fault = (rule: RuleName, variant?: MessageVariant) => ({
    ok: false as const,
    error: { field: 'reason', rule, message: messageFor(rule, locale, variant) },
  });
  if (value === undefined || value === null) return { ok: true, value: null };
  if (typeof value !== 'string') return fault('reason_length', 'not-text');
  const text = normalizeText(value, { multiline: true });
  if (hasForbiddenCharacters(text, { multiline: true })) return fault('forbidden_characters', 'multiline');
  if (countCodePoints(text) > limits.reason) return fault('reason_length');
  return { ok: true, value: text === '' ? null : text };
}

/** Reads the body of a transition; every fault at once (status_enum_constraint, unknown_field). */
export function parseTransition(
  body: Readonly<Record<string, unknown>>,
  locale: Locale,
): { ok: true; value: TransitionRequest } | { ok: false; errors: FieldError[] } {
  const errors: FieldError[] = Object.keys(body)
    .filter((field) => field !== 'to' && field !== 'reason' && !Object.hasOwn(outcomeFields, field))
    .map((field) => ({ field, rule: 'unknown_field', message: messageFor('unknown_field', locale) }));
  const to = Object.hasOwn(body, 'to') ? parseStatus(body.to) : undefined;
  if (!to) {
    errors.unshift({
      field: 'to',
      rule: 'status_enum_constraint',
      message: messageFor('status_enum_constraint', locale),
    });
  }
  const reason = parseReason(body.reason, locale);
  if (!reason.ok) errors.push(reason.error);
  const outcome = parseOutcome(body, to, locale);
  errors.push(...outcome.errors);
  return to && reason.ok && errors.length === 0
    ? { ok: true, value: { to, reason: reason.value, ...outcome.value } }
    : { ok: false, errors };
}
