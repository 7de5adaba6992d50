/** Cells for a spreadsheet: what the public form took in must not run on the machine of the one who opens the file. */

/** What a spreadsheet takes as the beginning of a formula, once compatibility forms are folded (＝ ＋ － ＠ ﹦ …). */
const trigger = /^[=+\-@\u2212]/u;
/** What a spreadsheet skips, or a person does not see, before it. */
const skipped = /^[\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+/u;
/** These have been triggers by themselves, and split a cell where a file is pasted. */
const breaks = /^[\t\r\n]/;

const isFormula = (text: string) =>
  breaks.test(text) || trigger.test(text.replace(skipped, '').slice(0, 2).normalize('NFKC'));

/** Whether a text needs the mark; one that seems to have it already does as well, or it would lose its own. */
function needsMark(text: string, column: string): boolean {
  return column === 'phone' ? text !== '' : isFormula(text.replace(/^'+/, ''));
}

/**
 * The text of a cell that a spreadsheet leaves as it is, made text by an apostrophe in front where it needs that:
 * - in any column, one that begins with `=`, `+`, `-` or `@` in any width, also behind white space, or with a tab or a
 *   line break (OWASP, CSV injection);
 * - every phone, so that one rule holds for all of them: `'+4740612345`, `'004740612345`.
 *
 * What else looks like a number or a date stays as it is, for programs that read the file. The stored value is not
 * touched.
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
