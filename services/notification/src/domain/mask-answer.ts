/** How much of an answer is kept; servers explain themselves at length. */
const longest = 500;
const addressLike = /([^\s<>()"',;:@]+)@([^\s<>()"',;:@]+)/gu;

/** `kari@example.no` → `k•••@example.no` */
export function maskAddress(address: string): string {
  return `${address.slice(0, 1)}•••${address.slice(address.lastIndexOf('@'))}`;
}

/**
 * What a server said, fit to be kept and shown: servers repeat the address that they refuse, whole or the part
 * before the @. Every address is masked, and so is the local part of `address` wherever it stands alone;
 * control characters are spaces, and the rest is cut at 500 characters.
 */
export function maskAnswer(response: string, address: string): string {
  const localPart = address.slice(0, address.lastIndexOf('@'));
  const oneLine = response.replace(/\p{Cc}+/gu, ' ').trim();
  const masked = oneLine.replace(addressLike, (found) => maskAddress(found));
  const literal = localPart.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const alone = new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'giu');
  const withoutLocalPart =
    localPart.length > 1 ? masked.replace(alone, `${localPart.slice(0, 1)}•••`) : masked;
  return [...withoutLocalPart].slice(0, longest).join('');
}
