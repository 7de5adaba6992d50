import { judged, type LostReason, type Status } from '@meander/lead';

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

/** The value of a customer as a joi schema (rule deal_value_range). */
export const valueField = judged<number | null>(
  (value) => {
    if (value === null) return { value };
    return isAmount(value) ? { value } : { rule: 'deal_value_range' };
  },
  {
    type: ['number', 'null'],
    minimum: 0,
    maximum: mostNok,
    description: 'In NOK, with at most two decimals.',
  },
);
