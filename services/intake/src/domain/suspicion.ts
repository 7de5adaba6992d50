/** Why a submission is put into quarantine instead of becoming a lead. */
export type Suspicion = 'honeypot' | 'too_fast' | 'link_in_name';

/** The form's trap: people do not see this field, so nobody who fills it in is one. */
export const honeypotField = 'homepage';

/** Nobody reads and fills in the form faster than this, in milliseconds. */
export const fewestMs = 2_000;

/**
 * What mail programs make clickable: a scheme, `www.`, an address, or a lower-case host name of two labels or
 * more. `Dr.Hansen` and `J. R. Olsen` are names; an organisation may be called Finn.no, a person is not.
 */
const hostLike = /(?<![\p{L}\d])[a-z\d-]{2,}(?:\.[a-z\d-]{2,})*\.[a-z]{2,}(?![\p{L}\d])/u;
const certainLink = /[a-z][a-z\d+.-]*:\/\/|www\.|mailto:|\S@\S+\.\S/iu;

/** Whether a person's name holds a web or mail address: an advert to be sent through our confirmation mail. */
export function holdsLink(name: string): boolean {
  return certainLink.test(name) || hostLike.test(name);
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
