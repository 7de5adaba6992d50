import { plainSpelling } from '@meander/lead';

/** A character that nobody sees and that ends what a mail program takes for an address. */
const wordJoiner = '\u2060';

/** Every sign that holds a link together, its full-width and ideographic twins with it. */
const joint = /[.:/\\@．：／＼＠。｡・%]/gu;

/** Schemes that mail programs link without two slashes. */
const shortScheme =
  /(?:^|[^\p{L}\p{N}])(?:mailto|tel|sms|callto|facetime|skype|whatsapp|tg|viber|geo|maps|data|javascript|vbscript|file|about|news|xmpp|sip|sips|im|bitcoin|intent|market|cid):/iu;

/**
 * What Norwegian writes behind a dot and is no top-level domain. None of two letters: `.nr` and `.pr` are countries,
 * and some mail programs take any two letters for one.
 */
const abbreviation = /\.(?:eks|mnd|osv|evt|tlf|stk|ang|dvs|etc)\.?$/iu;

const linkLike: readonly RegExp[] = [
  // A scheme with slashes (or what browsers read as such), and a path of Windows.
  /\p{L}[\p{L}\p{N}+.-]*:[/\\]/u,
  /^\\\\|\/\/[\p{L}\p{N}[]/u,
  /(?:^|[^\p{L}\p{N}])www\d*\./iu,
  shortScheme,
  // An address, or a mention.
  /[^\s@]@[^\s@]/u,
  // A host: something, a dot, and a top-level domain in any script, or an IPv4 number.
  /[\p{L}\p{M}\p{N}_-]\.(?:xn--|\p{L}[\p{L}\p{M}])/iu,
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

/**
 * Makes a text that a visitor typed safe to stand in a mail that we send: nothing in it that a mail program
 * turns into a link, and no line break unless `multiline`. Spammers type their advert as a name and the
 * victim's address as the email. Only the words that look like a link are touched, by invisible characters:
 * to the eye it is what was typed, and a text without anything link-like is left exactly as it is. Linear.
 */
export function inertText(text: string, { multiline = false } = {}): string {
  const lines = multiline ? text : text.replace(/[\r\n\t\u2028\u2029]+/g, ' ');
  return lines.replace(/\S+/gu, (word) =>
    isLinkLike(word) ? word.replace(joint, (sign) => `${wordJoiner}${sign}${wordJoiner}`) : word,
  );
}
