import { domainToASCII, domainToUnicode } from 'node:url';
import { limits } from './fields.ts';
import { trimWhiteSpace } from './text.ts';

export type NormalizedEmail =
  | { ok: true; email: string }
  | { ok: false; rule: 'email_format' | 'email_length_limit' };

/**
 * Far above any spelling of an address of 254 octets (a decomposed international domain is the longest):
 * beyond it nothing is looked at, so that no input costs time.
 */
const longestInput = 1000;

/**
 * Where the addresses of made-up leads are: below `.invalid`, which is nobody's for ever (RFC 2606, 2). Nobody can
 * type one; intake gives them to requests that are proven to be our own.
 */
export const syntheticDomain = 'synthetic.meander.invalid';

/** RFC 5322 3.2.3 `atext`, one dot-free piece of a dot-atom. */
const atom = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+$/;
/**
 * What a domain may not be typed with: ASCII that is no host name (domainToASCII would decode `%41`, cut at
 * `/` and drop a tab), and whatever cannot be seen (it would drop a zero-width space).
 */
const foreignToDomain =
  /[[\p{ASCII}--[A-Za-z0-9.\-]]\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}]/v;
/** RFC 1123 2.1: a host name's label. */
const label = /^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$/v;
/** RFC 3696 2: a top-level domain is alphabetic, or an international one in punycode. No list: lists age. */
const topLevel = /^(?:[a-z]{2,63}|xn--[a-z0-9\-]{1,59})$/v;

/**
 * Gives the one spelling of an address that is both dedupe key and mail address (seed rules `email_format`,
 * `email_length_limit`, `unique_email_per_lead`): without white space around it, lower-case, an ASCII
 * dot-atom (RFC 5322) of at most 64 octets before the `@`, and behind it a host name of at least two labels
 * in punycode (UTS 46); 254 octets in all (RFC 5321). Dots and plus tags stay. Refused with `email_format`:
 * letters beyond ASCII before the `@` (they are never folded: a Kelvin sign is no k), quoted local parts,
 * comments, lists, display names, address literals, IP numbers, a root dot, zero-width characters. Never
 * throws, never slow; doing it twice is doing it once.
 */
export function normalizeEmail(input: string): NormalizedEmail {
  const typed = trimWhiteSpace(input);
  if (typed.length > longestInput) return { ok: false, rule: 'email_length_limit' };
  const [localPart, typedDomain, ...rest] = typed.split('@');
  if (localPart === undefined || typedDomain === undefined || rest.length > 0) return badFormat;
  if (!localPart.split('.').every((piece) => atom.test(piece))) return badFormat;
  const domain = normalizeDomain(typedDomain);
  if (domain === undefined || domain === syntheticDomain) return badFormat;

  const email = `${localPart.toLowerCase()}@${domain}`;
  if (localPart.length > limits.emailLocalPart || email.length > limits.email) {
    return { ok: false, rule: 'email_length_limit' };
  }
  return { ok: true, email };
}

const badFormat = { ok: false, rule: 'email_format' } as const;

/** The host name in lower-case ASCII, or undefined if `typed` is none that mail can be sent to. */
function normalizeDomain(typed: string): string | undefined {
  if (foreignToDomain.test(typed)) return undefined;
  const domain = domainToASCII(typed);
  const labels = domain.split('.');
  const isHostName =
    labels.length >= 2 && labels.every((part) => label.test(part)) && topLevel.test(labels.at(-1) ?? '');
  if (!isHostName) return undefined;
  return labels.every(isCanonical) ? domain : undefined;
}

/** Whether a punycode label is the one that its Unicode form makes: another would be a second key for it. */
function isCanonical(part: string): boolean {
  if (!part.startsWith('xn--')) return true;
  const unicode = domainToUnicode(part);
  return unicode !== part && domainToASCII(unicode) === part;
}
