import { hash } from 'node:crypto';
import { attributionFieldNames, type Booking, contactFieldNames } from '@meander/lead';

/** An accepted post of the form, as it is handed to the store. */
export interface Submission {
  booking: Booking;
  /** What was typed, before it was normalised: the fields of the form alone. */
  fields: Record<string, string>;
  ipAddress: string | null;
  /** When the request came, by `performance.now()`. */
  arrivedAt: number;
  idempotency: { key: string; requestHash: Buffer } | null;
}

/** The answer to an accepted submission. */
export interface Receipt {
  maskedRef: string;
  receivedAt: Date;
}

/** A hash that is equal for equal submissions, whatever the order of their members. */
export function submissionHash(fields: Record<string, string>, attribution: Booking['attribution']): Buffer {
  const members = (of: object, names: readonly string[]) =>
    names.map((name) => (of as Record<string, unknown>)[name] ?? null);
  const text = JSON.stringify([
    members(fields, [...contactFieldNames, 'locale']),
    members(attribution ?? {}, attributionFieldNames),
  ]);
  return hash('sha256', text, 'buffer');
}

/** RFC draft idempotency-key-header leaves the key's form to the server: 1 to 255 visible ASCII characters. */
export function isIdempotencyKey(key: string): boolean {
  return /^[\x21-\x7e]{1,255}$/.test(key);
}
