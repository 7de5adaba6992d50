import { knownAnswers, type Subject } from './known-answers.ts';
import { addressLike } from './mask-answer.ts';

const codeOfLine = /^\d{3}[ -](?:#?([245]\.\d{1,3}\.\d{1,3})\b)?/;
/** As much of an answer as is looked at. */
const longest = 2_000;
/** What another server answered, and the relay only repeats: "host mx.example.no said: 550 …". */
const quoted = /\b(?:said|was|answered|replied|responded|response)\b:?[^:]{0,40}?\b[45]\d\d[ -].*$/i;
const link = /\bhttps?:\S+/gi;
/** Stands for what was left out, so that the words around it do not become neighbours. */
const leftOut = '•';

function without(text: string, part: string): string {
  if (part.length < 2 || !text.toLowerCase().includes(part.toLowerCase())) return text;
  const literal = part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'giu'), leftOut);
}

/**
 * The words of an answer in one line, without what somebody may have put into it: the address that was typed, whole or
 * in parts, links, and what a server behind the relay said.
 */
function wordsOf(lines: readonly string[], recipient: string): string {
  const at = recipient.lastIndexOf('@');
  const said = lines
    .map((line) => line.replace(codeOfLine, ''))
    .join(' ')
    .replace(quoted, leftOut)
    .replace(link, leftOut)
    .replace(addressLike, leftOut);
  const localPart = recipient.slice(0, Math.max(at, 0));
  const [untagged = ''] = localPart.split('+');
  return [recipient.slice(at + 1), localPart, untagged].reduce(without, said);
}

/**
 * Whom a permanent answer is about, by the words and enhanced codes that the mail servers of our field use. Undefined
 * where it does not say; the stage at which it came has to tell then.
 *
 * @param recipient the address that was tried, whose parts count as no words of the server's
 */
export function subjectOf(response: string, recipient: string): Subject | undefined {
  const lines = response.slice(0, longest).split(/\r?\n/);
  const enhanced = codeOfLine.exec(lines[0] ?? '')?.[1] ?? '';
  const said = wordsOf(lines, recipient);
  return knownAnswers.find(({ code, words }) => code?.test(enhanced) || words?.test(said))?.about;
}
