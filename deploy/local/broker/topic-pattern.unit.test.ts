import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileTopicPattern } from './topic-pattern.ts';

test.each([
  ['lead.moved', 'lead.moved', true],
  ['lead.moved', 'lead', false],
  ['lead.*', 'lead.moved', true],
  ['lead.*', 'lead', false],
  ['lead.*', 'lead.moved.won', false],
  ['lead.#', 'lead', true],
  ['lead.#', 'lead.moved.won', true],
  ['#.won', 'won', true],
  ['#', '', true],
  ['*', '', false],
  ['', '', true],
  ['', 'lead', false],
  ['*.#.*', 'a.b', true],
  ['*.#.*', 'a', false],
  ['lead..moved', 'lead..moved', true],
  ['lead.*.moved', 'lead..moved', true],
])('%s against %s is %s', (pattern, key, matches) => {
  expect(compileTopicPattern(pattern)(key)).toBe(matches);
});

test('agrees with the plain recursive definition', () => {
  const matches = ([word, ...pattern]: string[], key: string[]): boolean => {
    if (word === undefined) return key.length === 0;
    if (word === '#')
      return matches(pattern, key) || (key.length > 0 && matches(['#', ...pattern], key.slice(1)));
    return key.length > 0 && (word === '*' || word === key[0]) && matches(pattern, key.slice(1));
  };
  const pattern = fc.array(fc.constantFrom('a', 'b', '*', '#'), { minLength: 1, maxLength: 6 });
  const key = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(pattern, key, (words, keyWords) => {
      expect(compileTopicPattern(words.join('.'))(keyWords.join('.'))).toBe(matches(words, keyWords));
    }),
  );
});
