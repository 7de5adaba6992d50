/** A character that nobody sees and that ends what a mail program takes for an address. */
const wordJoiner = '\u2060';

const linkLike = /(?:[a-z][a-z0-9+.-]*:\/\/|www\.|mailto:|tel:)|[^\s.@]@[^\s.@]|[^\s.]\.[a-z]{2}/iu;

/**
 * Makes a text that a visitor typed safe to stand in a mail that we send: no line break, and nothing that a
 * mail program turns into a link. Spammers type their advert as a name and the victim's address as the email.
 * A text without anything link-like is left exactly as it is.
 */
export function inertText(text: string): string {
  const line = text.replace(/[\r\n\t\u2028\u2029]+/g, ' ');
  if (!linkLike.test(line)) return line;
  return line
    .replace(/:/g, `:${wordJoiner}`)
    .replace(/([./@])(?=\S)/g, `$1${wordJoiner}`)
    .replace(/(?<=\S)([.@])/g, `${wordJoiner}$1`);
}
