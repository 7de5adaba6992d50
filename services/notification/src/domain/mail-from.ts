import { normalizeEmail } from '@meander/lead';

/** A name and an address, as nodemailer takes them: a joined string with a comma would be two. */
export interface Mailbox {
  name: string;
  address: string;
}

/** Who we are where the setting gives an address alone. */
const ourName = 'Meander';

/**
 * Reads `kari@example.no`, `Kari <kari@example.no>` or `"Moe, Kari" <kari@example.no>`; undefined for anything
 * else, a line break or a second address among them.
 */
export function parseMailbox(text: string): Mailbox | undefined {
  const named = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^"<>,;@]*?))\s*<([^<>\s]+)>\s*$/u.exec(text);
  const [, quoted, plain, bracketed] = named ?? [];
  const email = normalizeEmail(bracketed ?? text);
  const name = (quoted?.replace(/\\(.)/gu, '$1') ?? plain ?? '').trim();
  if (!email.ok || /\p{Cc}/u.test(name)) return undefined;
  return { name: name === '' ? ourName : name, address: email.email };
}
