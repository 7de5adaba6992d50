import { plainSpelling } from '@meander/lead';

/** Why a submission is put into quarantine instead of becoming a lead. */
export type Suspicion = 'honeypot' | 'too_fast' | 'link_in_name';

/** The form's trap: people do not see this field, so nobody who fills it in is one. */
export const honeypotField = 'homepage';

/** Nobody reads and fills in the form faster than this, in milliseconds. */
export const fewestMs = 2_000;

/** A scheme, `www.`, a mail address, or an IPv4 number. */
const certainLink =
  /\p{L}[\p{L}\d+.\-]*:\/\/|www\d*\.|mailto:|\S@\S+\.\S|(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)/iv;
/** A host name in small letters, of two labels or more. `Dr.Hansen` and `J. R. Olsen` are names. */
const smallHost =
  /(?<![\p{L}\d])[\p{Ll}\p{Lo}\d\-]{2,}(?:\.[\p{Ll}\p{Lo}\d\-]{2,})*\.[\p{Ll}\p{Lo}]{2,}(?![\p{L}\d])/v;
/** A short host name with a path behind it, as shortened links are: `t.me/x`, `BIT.LY/x`. */
const hostWithPath = /[\p{L}\d]\.\p{L}{2,4}(?::\d+)?[\/?#]\S/v;
/** A host name whatever its letters: of these the last label is looked up, for `St.John` is written likewise. */
const anyHost =
  /(?<![\p{L}\d])(?:[\p{L}\d][\p{L}\d\-]+|\d)(?:\.[\p{L}\d\-]+)*\.(?<top>\p{L}{2,})(?![\p{L}\d])/gv;

/** Last labels that people book under, adverts come from, or documentation is written with (RFC 2606). */
const commonTops: ReadonlySet<string> = new Set(
  (
    'no com net org info biz eu se dk fi is uk de at ch fr nl be es it pt pl cz ru ua su cn jp in us ca au br tr ' +
    'io co me ai app dev xyz top shop store online site website space live life club vip win bid loan click link ' +
    'icu buzz fun pro name mobi work world today news blog page cloud digital email agency group ly gl gg to cc tv ' +
    'ws la vc sh im am fm edu gov int mil arpa example test invalid localhost'
  ).split(' '),
);

/** `Finn.no` and `FINN.NO`, but not `Dr.De`: a name that is run together keeps its capital. */
function endsInCommonTop(top: string): boolean {
  const small = top.toLowerCase();
  return commonTops.has(small) && (top === small || top === top.toUpperCase());
}

/** Whether a person's name holds a web or mail address: an advert to be sent through our confirmation mail. */
export function holdsLink(name: string): boolean {
  const plain = plainSpelling(name);
  return (
    [certainLink, smallHost, hostWithPath].some((pattern) => pattern.test(plain)) ||
    [...plain.matchAll(anyHost)].some(({ groups }) => endsInCommonTop(groups?.top ?? ''))
  );
}

/**
 * Judges a valid submission. Undefined: nothing speaks against it.
 *
 * @param honeypot what the trap held, as it came
 * @param loadedAt when the page was loaded, as its signed token says; undefined where there was no valid token
 */
export function suspect({
  honeypot,
  loadedAt,
  now,
  names,
}: {
  honeypot: unknown;
  loadedAt: Date | undefined;
  now: Date;
  names: readonly string[];
}): Suspicion | undefined {
  if (typeof honeypot === 'string' ? honeypot.trim() !== '' : honeypot !== undefined && honeypot !== null)
    return 'honeypot';
  if (loadedAt && now.getTime() - loadedAt.getTime() < fewestMs) return 'too_fast';
  return names.some(holdsLink) ? 'link_in_name' : undefined;
}
