/** Which words and signs may stand in a phone field beside the digits. */

/** Words that announce a number; the library would take a number out of any text, this list is on purpose. */
const labels = new Set(
  `tlf tlfnr tel telnr telefon telefonnr telefonnummer telephone phone ph mob mobil mobilnr mobilnummer mobile cell
   sentralbord direkte jobb arbeid privat kontor work office t m p nr no`.split(/\s+/),
);

/** Words between or behind numbers: extensions and second numbers. */
const companions = new Set(
  'ext extn extension x int intern internt internnr innvalg linje lokal anknytning eller el evt or og and'.split(
    ' ',
  ),
);

/** Five is the shortest number that the public network has here (02345). */
export const fewestDigits = 5;
/** E.164's 15 behind an exit code of 00. */
const mostDigitsInOneNumber = 17;

/**
 * Whether a cleaned text looks like what people put in a phone field: a number, perhaps behind a known label,
 * perhaps with an extension or a second number. Digits, spaces and `+ ( ) - . / # * , ; : &` beside known
 * words; at least five digits in all, none of the numbers longer than 17; and it starts as a number does
 * (`*21*…#` is a command to a telephone).
 */
export function isPlausiblePhone(text: string): boolean {
  const signs = text.replace(/;ext=/giv, ' ext ').toLowerCase();
  const words = signs.match(/\p{L}+/gv) ?? [];
  if (!words.every((word) => labels.has(word) || companions.has(word))) return false;
  if (!/^[\p{L}\d +\(\)\-.\/#*,;:\&]*$/v.test(signs)) return false;
  if (!/^[+\(\d]/v.test(withoutLabel(text))) return false;

  const digitsIn = (part: string) => part.replace(/\D/gv, '').length;
  const numbers = signs.split(/[\/,;\&\p{L}]/v);
  return digitsIn(signs) >= fewestDigits && numbers.every((part) => digitsIn(part) <= mostDigitsInOneNumber);
}

/** The text behind the labels in front of it: `Tlf. nr: 406 12 345` → `406 12 345`. */
export function withoutLabel(text: string): string {
  const [label] = /^\p{L}+/v.exec(text) ?? [];
  if (label === undefined || !labels.has(label.toLowerCase())) return text;
  return withoutLabel(text.slice(label.length).replace(/^[.:\- ]+/v, ''));
}
