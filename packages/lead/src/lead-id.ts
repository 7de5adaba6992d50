import { v7, validate } from 'uuid';

/**
 * Makes an id: UUID version 7 (RFC 9562 5.7), whose order is that of creation, also within one millisecond of
 * one process. A test may pass the time (`msecs`, Unix milliseconds) and 16 `random` bytes.
 */
export function createId(fixed?: { msecs: number; random: Uint8Array }): string {
  return v7(fixed);
}

/**
 * True if `value` is the text of a UUID of any version, in any case: what PostgreSQL's `uuid` takes, so that
 * a malformed id is "not found" and never a database error.
 */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && validate(value);
}
