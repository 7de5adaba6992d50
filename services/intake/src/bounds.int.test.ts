import { contactFieldNames, createId, createMaskedRef, parseBooking } from '@meander/lead';
import { bookingBody, createStack, type Stack } from '@meander/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';

let stack: Stack;

beforeAll(async () => {
  stack = await createStack();
});

afterAll(() => stack.drop());

const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }),
  // The edges of what is trimmed, and what may end a word of its script.
  fc
    .array(fc.constantFrom('a', 'Å', '\u200D', '\u094D', '\uFE0F', '\u200B', ' ', '\n', '\u00A0', '\u3164'))
    .map((signs) => signs.join('')),
);
const piece = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}$/);
const email = fc
  .tuple(fc.array(piece, { minLength: 1, maxLength: 4 }), fc.domain())
  .map(([pieces, domain]) => `${pieces.join('.')}@${domain}`);
const phone = fc.oneof(
  fc.stringMatching(/^\+?[0-9 ()/-]{5,20}$/),
  fc.constantFrom('02345', '+47 112 00 000', '+447700900123', 'tlf 40612345', '21 23 45 67 linje 402'),
);
const given = fc.oneof(
  fc.tuple(fc.constantFrom(...contactFieldNames), text),
  fc.tuple(fc.constant('email'), email),
  fc.tuple(fc.constant('phone'), phone),
);

it('the database takes whatever the rules of a booking let through', async () => {
  const taken: string[] = [];
  const isTaken = async ([field, value]: [string, string]) => {
    const parsed = parseBooking(bookingBody({ [field]: value }), { locale: 'nb', phoneRegion: 'NO' });
    if (!parsed.ok) return;
    const { attribution: _, ...contact } = parsed.value;
    const id = createId();
    await stack.db('leads').insert({ id, masked_ref: createMaskedRef(), ...contact });
    await stack.db('leads').where({ id }).delete();
    taken.push(field);
  };
  await fc.assert(fc.asyncProperty(given, isTaken), { numRuns: 1_000 });
  for (const field of ['first_name', 'email', 'phone', 'notes'])
    expect(taken.filter((one) => one === field).length, field).toBeGreaterThan(20);
}, 60_000);
