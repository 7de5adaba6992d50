/** How much of an answer is kept; servers explain themselves at length. */
const longest = 500;
/** Any address, and what looks like one. */
export const addressLike = /([^\s<>()"',;:@]+)@([^\s<>()"',;:@]+)/gu;

/** `kari@example.no` → `k•••@example.no` */
export function maskAddress(address: string): string {
  return `${address.slice(0, 1)}•••${address.slice(address.lastIndexOf('@'))}`;
}

/** A shorter part before a tag may be any word of the answer. */
const shortestUntagged = 3;

/** Nearly every answer, and the rest are in a script in which letters may have more than two cases. */
const ascii = /^\p{ASCII}*$/u;

function maskAlone(text: string, localPart: string): string {
  // A pattern of one's own for each mail takes longer to compile than the mail takes to send.
  const isAbsent = ascii.test(text) && !text.toLowerCase().includes(localPart.toLowerCase());
  if (localPart.length < 2 || isAbsent) return text;
  const literal = localPart.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const alone = new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'giu');
  return text.replace(alone, `${localPart.slice(0, 1)}•••`);
}

/**
 * What a server said, fit to be kept and shown: servers repeat the address that they refuse, whole or the part
 * before the @, or before the tag (`kari` of `kari+demo`). Every address is masked, and so are these parts of `address`
 * wherever they stand alone; control characters are spaces, and the rest is cut at 500 characters.
 */
export function maskAnswer(response: string, address: string): string {
  const localPart = address.slice(0, address.lastIndexOf('@'));
  const oneLine = response.replace(/\p{Cc}+/gu, ' ').trim();
  const masked = oneLine.replace(addressLike, (found) => maskAddress(found));
  const untagged = localPart.slice(0, Math.max(localPart.indexOf('+'), 0));
  const whole = maskAlone(masked, localPart);
  const parts = untagged.length < shortestUntagged ? whole : maskAlone(whole, untagged);
  return [...parts].slice(0, longest).join('');
}
