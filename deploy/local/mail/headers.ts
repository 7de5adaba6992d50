export interface Header {
  /** In lower case. */
  name: string;
  /** Unfolded, with encoded words (RFC 2047) turned into letters. */
  value: string;
}

/** All headers of a message in their order, repeated ones too: one that was smuggled in must not hide. */
export function readHeaders(raw: Buffer): Header[] {
  const unfolded = decode(headerBlock(raw), 'utf-8').replace(/\r?\n(?=[ \t])/g, '');
  const headers: Header[] = [];
  for (const line of unfolded.split(/\r?\n/)) {
    const [, name, value] = /^([!-9;-~]+)[ \t]*:(.*)$/s.exec(line) ?? [];
    if (name !== undefined && value !== undefined) {
      headers.push({ name: name.toLowerCase(), value: decodeWords(value.trim()) });
    }
  }
  return headers;
}

/** One string per name, or an array where it stands several times. */
export function headerObject(headers: Header[]): Record<string, string | string[]> {
  const byName = Map.groupBy(headers, ({ name }) => name);
  return Object.fromEntries(
    [...byName].map(([name, [first, ...more]]) => {
      const value = first?.value ?? '';
      return [name, more.length === 0 ? value : [value, ...more.map((header) => header.value)]];
    }),
  );
}

function headerBlock(raw: Buffer): Buffer {
  const ends = ['\r\n\r\n', '\n\n'].map((blank) => raw.indexOf(blank)).filter((at) => at >= 0);
  return raw.subarray(0, Math.min(raw.length, ...ends));
}

const ENCODED_WORD = '=\\?[^?\\s]+\\?[bq]\\?[^?]*\\?=';
/** White space between two encoded words is not part of the text. */
const ENCODED_RUN = new RegExp(`${ENCODED_WORD}(?:\\s*${ENCODED_WORD})*`, 'gi');

function decodeWords(value: string): string {
  return value.replace(ENCODED_RUN, (run) => {
    const words = [...run.matchAll(/=\?([^?*\s]+)[^?\s]*\?([bq])\?([^?]*)\?=/gi)].map(
      ([, charset = '', encoding = '', text = '']) => ({
        charset: charset.toLowerCase(),
        bytes: encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : fromQ(text),
      }),
    );
    // Some senders cut a letter in two: the bytes are put together before they are read.
    let decoded = '';
    for (let at = 0; at < words.length; ) {
      const { charset = '' } = words[at] ?? {};
      const end = words.findIndex((word, index) => index > at && word.charset !== charset);
      const same = words.slice(at, end < 0 ? words.length : end);
      decoded += decode(Buffer.concat(same.map(({ bytes }) => bytes)), charset);
      at += same.length;
    }
    return decoded;
  });
}

function fromQ(text: string): Buffer {
  const bytes = text
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}

/** What is not valid in its charset, or has a charset that nobody knows, is shown byte by byte. */
function decode(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}
