import { assertKnown, oneOf, type Query, readCount, readOne } from './parameters.ts';

export const quarantineStates = ['held', 'released', 'all'] as const;

export interface QuarantineQuery {
  state: (typeof quarantineStates)[number];
  limit: number;
  cursor: string | undefined;
}

/** Reads the parameters of a page of the quarantine. @throws ParameterError for the first that is not valid */
export function readQuarantineQuery(query: Query): QuarantineQuery {
  assertKnown(query, ['state', 'limit', 'cursor']);
  return {
    state: oneOf('state', readOne(query, 'state') ?? 'held', quarantineStates),
    limit: readCount(query, 'limit', { most: 200, fallback: 50 }),
    cursor: readOne(query, 'cursor'),
  };
}
