import { hash } from 'node:crypto';
import { attributionFieldNames, type Booking, contactFieldNames, parseLocale } from '@meander/lead';

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

/** The texts that the form's own fields held. Everything else in the body is forgotten here, and so is a locale that is none of ours: nobody has judged what it holds. */
export function typedFields(body: Readonly<Record<string, unknown>>): Record<string, string> {
  const names = [...contactFieldNames, 'locale'].filter((name) => Object.hasOwn(body, name));
  const isText = (name: string) =>
    typeof body[name] === 'string' && (name !== 'locale' || parseLocale(body[name]) !== undefined);
  return Object.fromEntries(names.filter(isText).map((name) => [name, body[name] as string]));
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
