import {
  type FieldError,
  type Locale,
  type LostReason,
  lostReasons,
  messageFor,
  type Status,
} from '@meander/lead';

/** What a final move may say besides free text. */
export interface TransitionOutcome {
  /** Why it was lost; with `lost` alone. */
  reason_code: LostReason | null;
  /** What the customer is worth, in kroner with two decimals; with `converted` alone. */
  value_nok: number | null;
}

/** The fields of an outcome, each with the only status that it goes with. */
export const outcomeFields: Readonly<Record<keyof TransitionOutcome, Status>> = {
  reason_code: 'lost',
  value_nok: 'converted',
};

const mostNok = 999_999_999_999.99;

/** Within range, and without a part of an øre. */
function isAmount(value: unknown): value is number {
  return (
    typeof value === 'number' &&
    value >= 0 &&
    value <= mostNok &&
    Math.abs(value * 100 - Math.round(value * 100)) < 1e-3
  );
}

/**
 * Reads the outcome of a move to `to`; absent and null mean: not said. Every fault at once
 * (lost_reason_enum_constraint, deal_value_range; unknown_field beside another status).
 */
export function parseOutcome(
  body: Readonly<Record<string, unknown>>,
  to: Status | undefined,
  locale: Locale,
): { value: TransitionOutcome; errors: FieldError[] } {
  const reasonCode = lostReasons.find((reason) => reason === body.reason_code) ?? null;
  const valueNok = isAmount(body.value_nok) ? body.value_nok : null;
  const faults = {
    reason_code: reasonCode === null && 'lost_reason_enum_constraint',
    value_nok: valueNok === null && 'deal_value_range',
  } as const;
  const errors = Object.entries(outcomeFields).flatMap(([field, status]): FieldError[] => {
    const given = Object.hasOwn(body, field) && body[field] !== null;
    const rule = to === status ? faults[field as keyof TransitionOutcome] : 'unknown_field';
    return given && rule ? [{ field, rule, message: messageFor(rule, locale) }] : [];
  });
  return { value: { reason_code: reasonCode, value_nok: valueNok }, errors };
}
