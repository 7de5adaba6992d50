import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { processorTime } from './processor-time.fixture.test.ts';
import { countCodePoints, hasForbiddenCharacters, normalizeText, trimWhiteSpace } from './text.ts';

const oneLine = { multiline: false };
const manyLines = { multiline: true };

/** Text made mostly of what breaks text: joiners, marks, separators, halves of pairs. */
const nastyCharacters = [
  ...['\u0000', '\t', '\n', '\r', '\r\n', '\u0085', ' ', '\u00A0', '\u202F', '\u3000', '\u2028', '\u2029'],
  ...['\u00AD', '\u034F', '\u061C', '\u115F', '\u180E', '\u200B', '\u200C', '\u200D', '\u200E', '\u202E'],
  ...['\u2060', '\u2066', '\u2800', '\u3164', '\uFE0F', '\uFEFF', '\uFFFE', '\u{1FFFF}', '\u{E0067}'],
  ...['\uD800', '\uDC00', 'a', 'A\u030A', '\u0301', 'Å', '\u094D', 'क', '👩', '❤'],
];
const nastyText = fc
  .array(fc.oneof(fc.constantFrom(...nastyCharacters), fc.string({ unit: 'binary', maxLength: 3 })))
  .map((parts) => parts.join(''));

describe('normalizeText', () => {
  it('is the same done twice as done once', () => {
    fc.assert(
      fc.property(nastyText, fc.boolean(), (text, multiline) => {
        const once = normalizeText(text, { multiline });
        expect(normalizeText(once, { multiline })).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives composed and decomposed letters one spelling', () => {
    expect(normalizeText('A\u030Ase', oneLine)).toBe('Åse');
    fc.assert(
      fc.property(nastyText, fc.boolean(), (text, multiline) => {
        const spelled = (form: string) => normalizeText(text.normalize(form), { multiline });
        expect(spelled('NFD')).toBe(spelled('NFC'));
      }),
    );
  });

  it('composes a letter and its accent when the invisible character between them goes', () => {
    expect(normalizeText('A\u200B\u030Ase', oneLine)).toBe('Åse');
  });

  it.each([
    ['spaces', '  Kari  '],
    ['tabs and line breaks', '\t\r\nKari\n'],
    ['no-break and ideographic spaces', '\u00A0Kari\u3000'],
    ['a byte order mark', '\uFEFFKari\uFEFF'],
    ['zero-width spaces', '\u200BKari\u200B'],
    ['direction marks of a contact card', '\u202AKari\u202C'],
    ['stray joiners', '\u200DKari\u200C'],
  ])('takes %s away around the text', (_, text) => {
    expect(normalizeText(text, oneLine)).toBe('Kari');
    expect(normalizeText(text, manyLines)).toBe('Kari');
  });

  it.each(['\u200B', '\uFEFF\u2060', '\u3164', '\u2800', ' \u00AD\u00A0', '\u200D', '\uFE0F', '\u{E0061}'])(
    'counts text that cannot be seen as empty (%j)',
    (text) => {
      expect(normalizeText(text, oneLine)).toBe('');
      expect(normalizeText(text, manyLines)).toBe('');
    },
  );

  it('takes the leftovers of copying out of a one-line text', () => {
    expect(normalizeText('Kari\u200B \u00ADBerg\u2060\uFEFF-Lie', oneLine)).toBe('Kari Berg-Lie');
  });

  it('turns no-break spaces into spaces in one line, and keeps them in running text', () => {
    expect(normalizeText('Kari\u00A0van\u202FBerg', oneLine)).toBe('Kari van Berg');
    expect(normalizeText('10\u00A0000 kr', manyLines)).toBe('10\u00A0000 kr');
  });

  it.each([
    ['a Persian name with its zero-width non-joiner', 'علی\u200Cرضا'],
    ['a Malayalam name ending in a joined letter', 'രാജന\u0D4D\u200D'],
    ['a family emoji', '👩\u200D👩\u200D👧'],
    ['a red heart', '❤\uFE0F'],
    ['the flag of Scotland', '🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}'],
  ])('keeps %s whole', (_, text) => {
    expect(normalizeText(text, oneLine)).toBe(text);
    expect(normalizeText(text, manyLines)).toBe(text);
  });

  it('makes every kind of line break LF in several lines', () => {
    expect(normalizeText('a\r\nb\rc\u2028d\u2029e\nf', manyLines)).toBe('a\nb\nc\nd\ne\nf');
  });

  it('leaves line breaks inside one line for the refusal', () => {
    expect(hasForbiddenCharacters(normalizeText('Kari\r\nBcc: x', oneLine), oneLine)).toBe(true);
  });

  it('takes no time over a long run of spaces', () => {
    const text = `a${' '.repeat(200_000)}b${'\u200D'.repeat(200_000)}`;
    expect(processorTime(() => normalizeText(text, manyLines))).toBeLessThan(500);
  });
});

describe('countCodePoints', () => {
  it.each([
    ['', 0],
    ['å', 1],
    ['👩', 1],
    ['a\u030A', 2],
    ['\uD800', 1],
    ['a\uDC00\uD800', 3],
  ])('counts %j as %i', (text, count) => expect(countCodePoints(text)).toBe(count));
});

describe('hasForbiddenCharacters', () => {
  it('refuses every control character except tab and line feed, in every field', () => {
    const controls = [...Array(0x20).keys(), ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index)];
    for (const code of controls) {
      const text = `a${String.fromCharCode(code)}b`;
      expect(hasForbiddenCharacters(text, oneLine), `U+${code.toString(16)}`).toBe(true);
      expect(hasForbiddenCharacters(text, manyLines), `U+${code.toString(16)}`).toBe(![9, 10].includes(code));
    }
  });

  it.each([
    ['a lone high surrogate', '\uD83D'],
    ['a lone low surrogate', '\uDE00'],
    ['a non-character', '\uFFFE'],
    ['a non-character of the middle block', '\uFDD0'],
    ['a non-character beyond the basic plane', '\u{10FFFF}'],
    ['a right-to-left override', '\u202E'],
    ['an isolate', '\u2066'],
    ['a left-to-right mark', '\u200E'],
    ['an Arabic letter mark', '\u061C'],
  ])('refuses %s everywhere', (_, character) => {
    expect(hasForbiddenCharacters(`a${character}b`, oneLine)).toBe(true);
    expect(hasForbiddenCharacters(`a${character}b`, manyLines)).toBe(true);
  });

  it('refuses Unicode line and paragraph separators in one line', () => {
    expect(hasForbiddenCharacters('a\u2028b', oneLine)).toBe(true);
    expect(hasForbiddenCharacters('a\u2029b', oneLine)).toBe(true);
  });

  it.each([
    'Åse-Øyvind',
    "O'Leary",
    '李小龍',
    'علی\u200Cرضا',
    'עברית',
    '👩\u200D👧',
    '14–16 (ikke 17. mai!)',
    '\uFFFD',
  ])('lets %s pass', (text) => {
    expect(hasForbiddenCharacters(text, oneLine)).toBe(false);
    expect(hasForbiddenCharacters(text, manyLines)).toBe(false);
  });
});

describe('trimWhiteSpace', () => {
  it('takes white space away and leaves what is not white space, seen or not', () => {
    expect(trimWhiteSpace(' \u00A0\tKari\r\n\u2028')).toBe('Kari');
    expect(trimWhiteSpace('\uFEFFKari\u200B')).toBe('\uFEFFKari\u200B');
    expect(trimWhiteSpace('   ')).toBe('');
  });
});
