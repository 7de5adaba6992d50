import {
  countCodePoints,
  type Demo,
  demoFieldNames,
  type FieldError,
  hasForbiddenCharacters,
  type Locale,
  limits,
  type MessageVariant,
  messageFor,
  normalizeText,
  parseDemo,
  parseStatus,
  type RuleName,
  type Status,
} from '@meander/lead';
import { outcomeFields, parseOutcome, type TransitionOutcome } from './transition-outcome.ts';

export interface TransitionRequest extends TransitionOutcome {
  to: Status;
  reason: string | null;
  /** When the demo takes place; only a move to `demo_scheduled` may say it. */
  demo: Demo | null;
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

const demoFields: readonly string[] = demoFieldNames;

/** Reads the body of a transition; every fault at once (status_enum_constraint, unknown_field, those of the outcome and the demo). */
export function parseTransition(
  body: Readonly<Record<string, unknown>>,
  locale: Locale,
): { ok: true; value: TransitionRequest } | { ok: false; errors: FieldError[] } {
  const fault = (field: string, rule: RuleName) => ({ field, rule, message: messageFor(rule, locale) });
  const to = Object.hasOwn(body, 'to') ? parseStatus(body.to) : undefined;
  const takesDemo = to === undefined || to === 'demo_scheduled';
  const isKnown = (field: string) =>
    ['to', 'reason'].includes(field) ||
    Object.hasOwn(outcomeFields, field) ||
    (takesDemo && demoFields.includes(field));
  const reason = parseReason(body.reason, locale);
  const demo = parseDemo(takesDemo ? body : {}, locale);
  const outcome = parseOutcome(body, to, locale);
  const errors: FieldError[] = [
    ...(to ? [] : [fault('to', 'status_enum_constraint')]),
    ...Object.keys(body)
      .filter((field) => !isKnown(field))
      .map((field) => fault(field, 'unknown_field')),
    ...(reason.ok ? [] : [reason.error]),
    ...outcome.errors,
    ...(demo.ok ? [] : demo.errors),
  ];
  return to && reason.ok && demo.ok && errors.length === 0
    ? { ok: true, value: { to, reason: reason.value, demo: demo.value, ...outcome.value } }
    : { ok: false, errors };
}
