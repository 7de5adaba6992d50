import { plainSpelling } from '@meander/lead';

/** A character that nobody sees and that ends what a mail program takes for an address. */
export const wordJoiner = '\u2060';

/** Every sign that holds a link together, however it is written: see `isJoint`. */
const joint = /[.:/\\@%]/u;

/**
 * What Norwegian writes behind a dot and is no top-level domain. None of two letters: `.nr` and `.pr` are countries,
 * and some mail programs take any two letters for one.
 */
const abbreviation = /\.(?:eks|mnd|osv|evt|tlf|stk|ang|dvs|etc)\.?$/iu;

/** Judged in its plain spelling, in which nothing invisible stands between. */
const linkLike: readonly RegExp[] = [
  // The end of a scheme, whichever: each program adds its own. `Pris:` with nothing behind it is none.
  /[a-z][\d+.-]*:\S/iu,
  // A share of Windows, quoted or not, and an address without its scheme.
  /[/\\]{2}[^\s/\\]/u,
  /(?:^|[^\p{L}\p{N}])www\d*\./iu,
  // An address.
  /[^\s@]@[^\s@]/u,
  // A host: something (linkifiers take symbols and emoji for letters), a dot, and a top-level domain in any script; or
  // an IPv4 number.
  /[^\s.]\.(?:xn--|\p{L}[\p{L}\p{M}])/iu,
  /\d{1,3}(?:\.\d{1,3}){3}/u,
];

function isLinkLike(word: string): boolean {
  const plain = plainSpelling(word);
  return linkLike.some((pattern) => pattern.test(plain)) && !isAbbreviation(plain);
}

/** `f.eks.` alone; not `f.eks.no`, and nothing with a slash or an @ in it. */
function isAbbreviation(word: string): boolean {
  const bare = word.replace(/^\p{P}+|[\p{P}--.]+$/gv, '');
  return /^[\p{L}\p{N}]{1,4}\.\p{L}+\.?$/u.test(bare) && abbreviation.test(bare);
}

/** Full-width, small and ideographic twins are joints too: somewhere on the way to a host they become one. */
const isJoint = (sign: string) => joint.test(plainSpelling(sign));

const inertWord = (word: string) =>
  Array.from(word, (sign) => (isJoint(sign) ? `${wordJoiner}${sign}${wordJoiner}` : sign)).join('');

/**
 * Makes a text that a visitor typed safe to stand in a mail that we send: nothing in it that a mail program
 * turns into a link, and no line break unless `multiline`. Spammers type their advert as a name and the
 * victim's address as the email. Only the words that look like a link are touched, by invisible characters:
 * to the eye it is what was typed, and a text without anything link-like is left exactly as it is. Linear.
 */
export function inertText(text: string, { multiline = false } = {}): string {
  const lines = multiline ? text : text.replace(/[\r\n\t\u2028\u2029]+/g, ' ');
  // Not `\S`, which ends at U+FEFF: a linkifier reads on.
  return lines.replace(/[^\p{White_Space}]+/gu, (word) => (isLinkLike(word) ? inertWord(word) : word));
}
