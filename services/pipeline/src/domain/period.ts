import { type Query, readInstant } from './parameters.ts';

/** From (included) to (not included), so that periods join without a gap and without counting a lead twice. */
export interface Period {
  createdAfter: string | null;
  createdBefore: string | null;
}

export const periodParameters = ['created_after', 'created_before'] as const;

/** @throws ParameterError */
export function readPeriod(query: Query): Period {
  return {
    createdAfter: readInstant(query, 'created_after') ?? null,
    createdBefore: readInstant(query, 'created_before') ?? null,
  };
}
