import type { JWTPayload } from 'jose';

/** Who a token is about, in a form that can be kept and shown. */
export interface Person {
  subject: string;
  name: string;
}

/** OpenID Connect Core 1.0, section 2: a subject is no longer. */
const longestSubject = 255;
const longestName = 200;

/** What the database cannot keep (NUL, lone surrogates), and what has no place in an identifier. */
const unfitForSubject = /[\p{Cc}\p{Cs}]/v;
/** What stands between the words of a name, line breaks and other controls among them. */
const between = /[\p{Cc}\p{White_Space}]+/gv;
/** What a name loses: halves of a pair, and what reverses the sentence around it. */
const unfitForName = /[\p{Cs}\p{Bidi_Control}\p{Noncharacter_Code_Point}]/gv;
const visible = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800]/v;

/**
 * A name as it can be kept and read back as the very same text: at most 200 code points. Cut by code points: half of a
 * pair would be kept as another character, and would differ from the token's at each call.
 */
function cleanName(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.replace(unfitForName, '').replace(between, ' ').trim();
  return visible.test(text) ? Array.from(text).slice(0, longestName).join('').trim() : undefined;
}

/**
 * The person of a token's claims; undefined for a subject that is none: missing, blank, of more than 255 characters,
 * or with control characters or lone surrogates. A subject says who somebody is, so nothing of it is cleaned away: two
 * could become one. A name is cleaned, and where nothing of it is left, the next best claim is taken.
 */
export function personOf({ sub, name, preferred_username }: JWTPayload): Person | undefined {
  if (typeof sub !== 'string' || sub.length > longestSubject) return undefined;
  if (unfitForSubject.test(sub) || !visible.test(sub)) return undefined;
  return { subject: sub, name: cleanName(name) ?? cleanName(preferred_username) ?? cleanName(sub) ?? sub };
}
