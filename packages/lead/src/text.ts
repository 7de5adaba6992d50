/** How free text is cleaned, measured and refused: one spelling for one text before anything is compared. */

interface TextShape {
  /** True for `notes` and `current_solution`: newlines and tabs belong there, and only there. */
  multiline: boolean;
}

/** What leaves no ink. U+2800 is a braille cell without dots: a symbol by category, blank to the eye. */
const invisible = /[\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800]/v;
/** Variation selectors and tags finish the emoji or ideograph before them: an end to keep, not to trim. */
const finishesCharacter = /[\u180B-\u180D\u180F\uFE00-\uFE0F\u{E0020}-\u{E007F}\u{E0100}-\u{E01EF}]/v;
const joiner = /[\u200C\u200D]/v;
const combiningMark = /\p{M}/v;

/**
 * Invisible leftovers of copying that mean nothing in a one-line value: soft hyphen, zero-width space, word
 * joiner, byte order mark, old format controls. ZWJ and ZWNJ are not among them: Persian and Indic names and
 * family emoji are written with them.
 */
const copyingLeftover = /[\u00AD\u180E\u200B\u2060-\u2064\u206A-\u206F\uFEFF]/gv;
/** No-break spaces lay out a line of running text; in a one-line value they only hide it from a search. */
const noBreakSpace = /[\u00A0\u2007\u202F]/gv;
const lineBreak = /\r\n?|[\u2028\u2029]/gv;

const forbiddenAnywhere = /[[\p{Cc}--[\t\n]]\p{Cs}\p{Bidi_Control}\p{Noncharacter_Code_Point}]/v;
const forbiddenInOneLine = /[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Noncharacter_Code_Point}\u2028\u2029]/v;

/**
 * Gives the one spelling of a text that is stored and measured: NFC, without invisible characters around it
 * (white space, byte order mark, zero-width and direction marks), and empty if nothing in it can be seen.
 * In several lines CRLF, CR, U+2028 and U+2029 become LF, and inner spaces stay as typed; in one line
 * no-break spaces become spaces and leftovers of copying (U+200B, U+2060, U+FEFF, U+00AD …) go.
 * Never throws; linear in the length; doing it twice is doing it once.
 */
export function normalizeText(value: string, { multiline }: TextShape): string {
  const oneSpelling = multiline
    ? value.replace(lineBreak, '\n')
    : value.replace(copyingLeftover, '').replace(noBreakSpace, ' ');
  // NFC comes after the removal, which may bring a letter and its accent together.
  return trimInvisible(oneSpelling.normalize('NFC'));
}

/** Number of Unicode code points: what PostgreSQL's `char_length` counts. A lone surrogate is one. */
export function countCodePoints(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

/**
 * True if `value` holds what no field may hold (rule `forbidden_characters`): control characters (C0, DEL,
 * C1), lone surrogates, bidirectional controls (they let a name reverse the sentence around it), Unicode
 * non-characters, and in one line also any line break or tab. Judge a normalised text: CR and U+2028 of a
 * multi-line text are LF by then.
 */
export function hasForbiddenCharacters(value: string, { multiline }: TextShape): boolean {
  return (multiline ? forbiddenAnywhere : forbiddenInOneLine).test(value);
}

/**
 * How a text reads to a program that looks for links in it: full-width letters and the dots of other scripts are the
 * ordinary ones, and nothing invisible stands between. For judging alone, never to be stored.
 */
export function plainSpelling(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[。｡․]/gu, '.')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '');
}

/** `value` without white space around it (Unicode White_Space, so not U+FEFF or U+200B). Linear. */
export function trimWhiteSpace(value: string): string {
  return trimWhile(value, (character) => /\p{White_Space}/v.test(character));
}

function trimInvisible(value: string): string {
  return trimWhile(
    value,
    (character) => invisible.test(character),
    // A joiner after a mark is the tail of an Indic letter (a virama's); elsewhere it joins nothing.
    (character, before) =>
      invisible.test(character) &&
      !finishesCharacter.test(character) &&
      !(joiner.test(character) && combiningMark.test(before)),
  );
}

/** Walks from both ends: a pattern like `\s+$` is quadratic on a long run of spaces inside the text. */
function trimWhile(
  value: string,
  isLeading: (character: string) => boolean,
  isTrailing: (character: string, before: string) => boolean = isLeading,
): string {
  let start = 0;
  while (start < value.length) {
    const character = characterAt(value, start);
    if (!isLeading(character)) break;
    start += character.length;
  }
  let end = value.length;
  while (end > start) {
    const character = characterBefore(value, end);
    if (!isTrailing(character, characterBefore(value, end - character.length))) break;
    end -= character.length;
  }
  return value.slice(start, end);
}

function characterAt(value: string, index: number): string {
  return String.fromCodePoint(value.codePointAt(index) ?? 0);
}

function characterBefore(value: string, end: number): string {
  const pair = value.slice(Math.max(0, end - 2), end);
  return pair.length === 2 && characterAt(pair, 0).length === 2 ? pair : pair.slice(-1);
}
