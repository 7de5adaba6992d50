/** Cells for a spreadsheet: what the public form took in must not run on the machine of the one who opens the file. */

/** What a spreadsheet takes as the beginning of a formula, once compatibility forms are folded (＝ ＋ － ＠ ﹦ …). */
const trigger = /^[=+\-@\u2212]/u;
/** What a spreadsheet skips, or a person does not see, before it. */
const skipped = /^[\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+/u;
/** These have been triggers by themselves, and split a cell where a file is pasted. */
const breaks = /^[\t\r\n]/;

/**
 * The text of a cell that no spreadsheet evaluates: one that begins with `=`, `+`, `-` or `@` in any width, also
 * behind white space, or with a tab or a line break, gets an apostrophe in front (OWASP, CSV injection), which
 * makes it text. One rule for all columns, so a phone reads `'+4740612345`. The stored value is not touched.
 */
export function inertCell(text: string): string {
  const first = text.replace(skipped, '').slice(0, 2).normalize('NFKC');
  return breaks.test(text) || trigger.test(first) ? `'${text}` : text;
}

/** The text that an inert cell stands for: what was exported can be imported again. */
export function textOfCell(cell: string): string {
  const text = cell.slice(1);
  return cell.startsWith("'") && inertCell(text) === cell ? text : cell;
}

/** A value as a cell: times in RFC 3339, nothing for null. */
export function toCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return inertCell(value instanceof Date ? value.toISOString() : String(value));
}
