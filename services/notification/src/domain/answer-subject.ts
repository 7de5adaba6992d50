import { addressLike } from './mask-answer.ts';

/** Whom or what a refusal is about, where its words or its enhanced code (RFC 3463) tell. */
export type Subject =
  /** This address, or this pair of addresses. */
  | 'recipient'
  /** Whether the relay carries mail of ours to this domain. */
  | 'relaying';

interface Row {
  about: Subject;
  /** Of the enhanced code, such as `5.1.1`. */
  code?: RegExp;
  /** Of the words, without the addresses, hosts and links in them. */
  words?: RegExp;
}

/** The first row that fits tells. Each says whose answer it knows, in the words of that server. */
const rows: readonly Row[] = [
  // Postfix: "User unknown in relay recipient table". Sendmail, Exim, cPanel: "User unknown", "Unknown user", "No such
  // user here". Gmail: "The email account that you tried to reach does not exist". RFC 5321: "mailbox unavailable".
  {
    about: 'recipient',
    words:
      /\b(?:user|recipient|mailbox|account|address)\b.{0,40}?\b(?:unknown|unavailable|not found|does(?: not|n't) exist|over quota|is full|disabled|inactive)\b/i,
  },
  {
    about: 'recipient',
    words:
      /\b(?:unknown|no such|invalid|non-?existent|inactive)(?: or \w+)?(?: local)? (?:user|recipient|mailbox|account|person|alias)\b/i,
  },
  // RFC 3463: 5.1.0 to 5.1.6 the address, 5.2.x the mailbox. RFC 7505: 5.1.10, Exchange's "RecipientNotFound" as well.
  { about: 'recipient', code: /^5\.(?:1\.(?:[0-6]|10)|2\.\d+)$/ },
  // Postfix, Exchange: "Relay access denied". Sendmail, Mailgun: "Relaying denied". Exim: "relay not permitted".
  // Kerio: "Relaying to <…> denied". Gmail: "Mail relay denied".
  {
    about: 'relaying',
    words:
      /\brelay(?:ing)?(?: to \S+| access| is| of mail)* (?:denied|prohibited|forbidden|refused|disabled|not (?:permitted|allowed|authori[sz]ed))\b/i,
  },
  // Exchange: "Unable to relay". cPanel: "is not permitted to relay through this server". Others: "we do not relay".
  {
    about: 'relaying',
    words:
      /\b(?:unable|not (?:permitted|allowed|authori[sz]ed)|refuses?|will not|won't|can(?:not|'t| not)|do(?:es)?(?: not|n't)) (?:to )?relay\b/i,
  },
  // "Authentication is required for relay", "relaying denied, proper authentication required".
  { about: 'relaying', words: /\bauthenticat\w+\b.{0,60}\brelay(?:ing)?\b/i },
  // qmail: "sorry, that domain isn't in my list of allowed rcpthosts".
  { about: 'relaying', words: /\ballowed rcpthosts\b/i },
  // Exchange: 5.7.54 "Unable to relay recipient in non-accepted domain", 5.7.64 "Relay Access Denied" of a tenant.
  { about: 'relaying', code: /^5\.7\.(?:54|64)$/ },
];

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
  return without(without(said, recipient.slice(at + 1)), recipient.slice(0, Math.max(at, 0)));
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
  return rows.find(({ code, words }) => code?.test(enhanced) || words?.test(said))?.about;
}
