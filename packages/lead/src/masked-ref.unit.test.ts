import { describe, expect, it } from 'vitest';
import { createMaskedRef, isMaskedRef } from './masked-ref.ts';

describe('createMaskedRef', () => {
  it('makes 22 characters without look-alikes', () => {
    for (let count = 0; count < 500; count += 1) {
      expect(createMaskedRef()).toMatch(/^[123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz]{22}$/);
    }
  });

  it('makes another each time', () => {
    expect(new Set(Array.from({ length: 2000 }, () => createMaskedRef())).size).toBe(2000);
  });

  it('uses all 58 characters about equally, which is what 128 bits rest on', () => {
    const counts = new Map<string, number>();
    for (let count = 0; count < 4000; count += 1) {
      for (const character of createMaskedRef()) counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    const expected = (4000 * 22) / 58;
    expect(counts.size).toBe(58);
    for (const seen of counts.values()) expect(Math.abs(seen - expected)).toBeLessThan(expected * 0.2);
  });

  it('depends on the random bytes that it is given and on nothing else', () => {
    const bytes = (first: number) => (size: number) =>
      Uint8Array.from({ length: size }, (_, index) => first + index);
    expect(createMaskedRef(bytes(0))).toBe(createMaskedRef(bytes(0)));
    expect(createMaskedRef(bytes(0))).not.toBe(createMaskedRef(bytes(1)));
  });
});

describe('isMaskedRef', () => {
  it('knows its own', () => expect(isMaskedRef(createMaskedRef())).toBe(true));

  it.each([
    ['too short', '1'.repeat(21)],
    ['too long', '1'.repeat(23)],
    ['a zero', `${'1'.repeat(21)}0`],
    ['a capital O', `${'1'.repeat(21)}O`],
    ['a capital I', `${'1'.repeat(21)}I`],
    ['a small l', `${'1'.repeat(21)}l`],
    ['a line break behind it', `${'1'.repeat(22)}\n`],
    ['a number', 1],
    ['an array of one', ['1'.repeat(22)]],
    ['nothing', undefined],
  ])('refuses %s', (_, value) => expect(isMaskedRef(value)).toBe(false));
});
