import { isId } from '@meander/lead';
import { type DeliveryState, deliveryStates } from './delivery.ts';

const defaultLimit = 50;
export const mostLimit = 200;

export interface PageRequest {
  state?: DeliveryState;
  before?: string;
  limit: number;
}

/** A place in the list that callers hand back as it is; its inside is nobody's business. */
export function toCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

function fromCursor(cursor: string): string | undefined {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return isId(id) && toCursor(id) === cursor ? id : undefined;
}

export function parseState(text: unknown): DeliveryState | undefined {
  return deliveryStates.find((state) => state === text);
}

/** Reads the query of a list, or tells which parameter cannot be used, and why. */
export function parsePageRequest(
  query: Readonly<Record<string, unknown>>,
): { ok: true; value: PageRequest } | { ok: false; detail: string } {
  const { state, cursor, limit } = query;
  if (state !== undefined && !parseState(state)) {
    return { ok: false, detail: `state is one of ${deliveryStates.join(', ')}.` };
  }
  const before = typeof cursor === 'string' ? fromCursor(cursor) : undefined;
  if (cursor !== undefined && !before) {
    return { ok: false, detail: 'cursor is the next_cursor of an earlier answer, as it was.' };
  }
  const count =
    limit === undefined ? defaultLimit : Number(/^\d{1,3}$/.test(String(limit)) ? limit : Number.NaN);
  if (!(count >= 1 && count <= mostLimit)) {
    return { ok: false, detail: `limit is a whole number from 1 to ${mostLimit}.` };
  }
  const known = parseState(state);
  return {
    ok: true,
    value: { limit: count, ...(known ? { state: known } : {}), ...(before ? { before } : {}) },
  };
}
