/**
 * Cells for a spreadsheet: what the public form took in must neither run on the machine of the one who opens the file
 * nor become something else there.
 */

import { contactFieldNames } from '@meander/lead';

/** What a spreadsheet takes as the beginning of a formula, once compatibility forms are folded (＝ ＋ － ＠ ﹦ …). */
const trigger = /^[=+\-@\u2212]/u;
/** What a spreadsheet skips, or a person does not see, before it. */
const skipped = /^[\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+/u;
/** These have been triggers by themselves, and split a cell where a file is pasted. */
const breaks = /^[\t\r\n]/;

/** Columns that hold what somebody typed or chose: text, whatever it looks like. */
const textColumns: ReadonlySet<string> = new Set(contactFieldNames);
/** Words that stand in a date, a time or a number beside the digits, where a spreadsheet speaks English or Norwegian. */
const wordsOfValues = new Set(
  `jan january januar feb february februar mar march mars apr april may mai jun june juni jul july juli aug august
   sep sept september oct october okt oktober nov november dec december des desember am pm a p e kr`.split(
    /\s+/,
  ),
);
/** RFC 3339, also without seconds or zone, as a browser's field for a time gives it. */
const timestamp = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]+)?$/i;
const truthValues = new Set(['true', 'false', 'sann', 'usann']);

const isFormula = (text: string) =>
  breaks.test(text) || trigger.test(text.replace(skipped, '').slice(0, 2).normalize('NFKC'));

/**
 * Whether a spreadsheet may take it for a number, a date, a time or a truth value, and show and save that instead:
 * `007`, `1E5`, `3-4`, `17. mai`. Rather once too often: an apostrophe too many loses nothing.
 */
function looksLikeValue(text: string): boolean {
  if (timestamp.test(text) || truthValues.has(text.trim().toLowerCase())) return true;
  for (const [word] of text.matchAll(/\p{L}+/gu)) {
    if (!wordsOfValues.has(word.normalize('NFKC').toLowerCase())) return false;
  }
  return /\p{Nd}/u.test(text);
}

/** Whether a text needs the mark; one that seems to have it already does as well, or it would lose its own. */
function needsMark(text: string, column: string): boolean {
  if (column === 'phone') return text !== '';
  const bare = text.replace(/^'+/, '');
  return isFormula(bare) || (textColumns.has(column) && looksLikeValue(bare));
}

/**
 * The text of a cell that a spreadsheet leaves as it is, made text by an apostrophe in front where it needs that:
 * - in any column, one that begins with `=`, `+`, `-` or `@` in any width, also behind white space, or with a tab or a
 *   line break (OWASP, CSV injection);
 * - every phone, so that one rule holds for all of them: `'+4740612345`, `'004740612345`;
 * - in the other columns that somebody filled in, what could be taken for a number or a date: the size `'1-10`.
 *
 * The stored value is not touched.
 */
export function inertCell(text: string, column: string): string {
  return needsMark(text, column) ? `'${text}` : text;
}

/** The text that an inert cell of this column stands for, exactly: what was exported can be imported again. */
export function textOfCell(cell: string, column: string): string {
  const text = cell.slice(1);
  return cell.startsWith("'") && needsMark(text, column) ? text : cell;
}

/** A value as a cell of its column: times in RFC 3339, nothing for null. */
export function toCell(value: unknown, column: string): string {
  if (value === null || value === undefined) return '';
  return inertCell(value instanceof Date ? value.toISOString() : String(value), column);
}
