import {
  checkBody,
  choiceField,
  type Demo,
  demoFieldNames,
  demoFieldSchemas,
  type FieldError,
  judged,
  type Locale,
  limits,
  lostReasons,
  messageFor,
  ownFields,
  parseDemo,
  parseStatus,
  type Status,
  statuses,
  strictBody,
  textField,
} from '@meander/lead';
import { outcomeFields, type TransitionOutcome, valueField } from './transition-outcome.ts';

export interface TransitionRequest extends TransitionOutcome {
  to: Status;
  reason: string | null;
  /** When the demo takes place; only a move to `demo_scheduled` may say it. */
  demo: Demo | null;
}

/** The status to move to. Exact, and where it is left out the list of them helps more than "fill in". */
const statusField = judged<Status>(
  (value) => {
    const status = parseStatus(value);
    return status ? { value: status } : { rule: 'status_enum_constraint' };
  },
  { type: 'string', enum: [...statuses] },
).required();

/** The body of a transition; that some fields go with one status alone is `parseTransition`'s to say. */
export const transitionSchema = strictBody({
  to: statusField,
  reason: textField('reason_length', limits.reason, { multiline: true }),
  reason_code: choiceField('lost_reason_enum_constraint', lostReasons),
  value_nok: valueField,
  ...demoFieldSchemas,
});

const onlyWith: Readonly<Record<string, Status>> = {
  ...outcomeFields,
  ...Object.fromEntries(demoFieldNames.map((name) => [name, 'demo_scheduled'])),
};

/** What is given beside a status that it does not go with. */
function misplaced(fields: Readonly<Record<string, unknown>>, to: Status, locale: Locale): FieldError[] {
  return Object.entries(onlyWith)
    .filter(([field, status]) => status !== to && (fields[field] ?? null) !== null)
    .map(([field]) => ({ field, rule: 'unknown_field', message: messageFor('unknown_field', locale) }));
}

/** Reads the body of a transition; every fault at once (status_enum_constraint, unknown_field, those of the outcome and the demo). */
export function parseTransition(
  body: Readonly<Record<string, unknown>>,
  locale: Locale,
): { ok: true; value: TransitionRequest } | { ok: false; errors: FieldError[] } {
  const fields = ownFields(body);
  const to = parseStatus(fields.to);
  const asked = checkBody<Omit<TransitionRequest, 'demo'>>(
    transitionSchema,
    { ...fields, to: fields.to ?? null, demo_at: fields.demo_at ?? undefined },
    { locale },
  );
  const demo = parseDemo(to === 'demo_scheduled' ? body : {}, locale);
  const errors = [
    ...(asked.ok ? [] : asked.errors),
    ...(to ? misplaced(fields, to, locale) : []),
    ...(demo.ok ? [] : demo.errors),
  ];
  if (!asked.ok || !demo.ok || errors.length > 0) return { ok: false, errors: oncePerField(errors) };
  const { reason = null, reason_code = null, value_nok = null } = asked.value;
  return { ok: true, value: { to: asked.value.to, reason, reason_code, value_nok, demo: demo.value } };
}

/** A field that two judges refuse is told once: the last word is that of the judge who saw more. */
function oncePerField(errors: readonly FieldError[]): FieldError[] {
  return [...new Map(errors.map((error) => [error.field, error])).values()];
}
