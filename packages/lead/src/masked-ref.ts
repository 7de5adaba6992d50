import { customRandom, random } from 'nanoid';

/** Base 58: no 0 O I l, so that a reference can be read aloud and typed from paper. */
const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** log2(58) × 22 = 128.9 bits. */
const length = 22;
const shape = /^[1-9A-HJ-NP-Za-km-z]{22}$/v;

/**
 * Makes the reference that outsiders know a lead by (seed rule `masked_ref_immutability`): 22 base-58
 * characters, uniformly random over more than 128 bits, derived from nothing. `randomBytes(n)` gives n random
 * bytes; the operating system's unless a test passes its own.
 */
export function createMaskedRef(randomBytes: (bytes: number) => Uint8Array = random): string {
  return customRandom(alphabet, length, randomBytes)();
}

/** True if `value` has the shape of a reference; whether there is such a lead only the database knows. */
export function isMaskedRef(value: unknown): value is string {
  return typeof value === 'string' && shape.test(value);
}
