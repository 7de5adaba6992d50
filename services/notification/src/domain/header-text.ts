import { wordJoiner } from './inert-text.ts';

/**
 * Makes a text safe to stand in a header. Whatever reads like an encoded-word (RFC 2047), readers decode: into another
 * name, a link that was never typed in clear, or a line break. nodemailer encodes most look-alikes and leaves a valid one
 * as it is, for callers who have encoded their values already; here nobody has. To the eye it is what was typed.
 *
 * Give it the whole value: `=` and `?` may come from two fields.
 */
export function headerText(text: string): string {
  return text.replaceAll('=?', `=${wordJoiner}?`);
}
