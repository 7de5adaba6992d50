import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What is wrong with the value of a setting, or undefined. The value is never repeated: it may be a secret. */
export type Rule = (text: string) => string | undefined;

/** The longest that a timer of Node's waits; one that should wait longer goes off at once. */
export const longestWait = 2 ** 31 - 1;

const rule =
  (isRight: (text: string) => boolean, fault: string): Rule =>
  (text) =>
    isRight(text) ? undefined : fault;

export const notBlank = rule((text) => text.trim() !== '', 'holds nothing but white space');

/** As the standard reads it: in capitals or not. */
export const truth = rule((text) => /^\s*(true|false)\s*$/i.test(text), 'must be true or false');

export const integer = (least = 1, most = longestWait) =>
  rule(
    (text) => /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most,
    `must be a whole number from ${least} to ${most}`,
  );

export const ratio = rule(
  (text) => /^[\d.]+(e-?\d+)?$/i.test(text) && Number(text) >= 0 && Number(text) <= 1,
  'must be a number from 0 to 1',
);

export const oneOf = (...known: readonly string[]) =>
  rule((text) => known.includes(text), `must be one of ${known.join(', ')}`);

/** The same of names that count in capitals or not. */
export const oneOfAnyCase = (...known: readonly string[]) =>
  rule((text) => known.includes(text.toLowerCase()), `must be one of ${known.join(', ')}`);

/** Entries with commas between, each judged by itself; white space around one does not count, nor does an empty one. */
function list(isRight: (entry: string) => boolean, what: string): Rule {
  return (text) => {
    const entries = text.split(',').map((entry) => entry.trim());
    if (entries.every((entry) => entry === '')) return `must hold ${what}`;
    const bad = entries.findIndex((entry) => entry !== '' && !isRight(entry));
    return bad < 0 ? undefined : `: entry ${bad + 1} must be ${what}`;
  };
}

export const listOf = (...known: readonly string[]) =>
  list((entry) => known.includes(entry), `one of ${known.join(', ')}`);

/** Opt-ins of conventions: each instrumentation knows its own, and by the specification reads past the rest. */
export const conventionList = list(
  (entry) => /^[a-z0-9_.-]+(\/[a-z0-9_.-]+)?$/i.test(entry),
  'a convention such as database or http/dup',
);

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return undefined;
  }
}

/** The sides of an entry around its first `=`, decoded; undefined where it has none, or one that cannot be decoded. */
function pair(entry: string): [name: string, value: string] | undefined {
  const at = entry.indexOf('=');
  const [name, value] = [decoded(entry.slice(0, at)), decoded(entry.slice(at + 1))];
  return at < 0 || !name || value === undefined ? undefined : [name, value];
}

const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

/** Headers of HTTP, or gRPC's metadata. The exporters would leave out, without a word, what they cannot read. */
export const headerList = list((entry) => {
  const [name = '', value = ''] = pair(entry) ?? [];
  return headerName.test(name) && /^[\x20-\x7e]+$/.test(value) && !entry.includes(';');
}, 'name=value, with , ; and % written as %2C %3B and %25');

/** Attributes of the resource. One that cannot be read makes the SDK leave out all of them. */
export const attributeList = list((entry) => {
  const sides = pair(entry);
  return sides !== undefined && entry.split('=').length === 2 && sides.every((side) => side.length <= 255);
}, 'name=value of at most 255 characters each, with , = and % written as %2C %3D and %25');

/** @param withQuery false where a path is put behind it */
export function endpoint({ withQuery }: { withQuery: boolean }): Rule {
  return (text) => {
    if (!/^https?:\/\/\S+$/.test(text) || !URL.canParse(text))
      return 'must be a URL that starts with http:// or https://, with a host and a port up to 65535';
    const { username, password, port, search } = new URL(text);
    if (username !== '' || password !== '')
      return 'must have no user and no password, which are not sent: use OTEL_EXPORTER_OTLP_HEADERS';
    if (port === '0') return 'must have a port from 1 to 65535';
    if (text.includes('#')) return 'must have no #';
    return search === '' || withQuery ? undefined : 'must have no ?';
  };
}

const oneCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const reads = (read: () => unknown) => {
  try {
    return Boolean(read());
  } catch {
    return false;
  }
};

/** A file with certificates, each of which can be read. */
export const certificateFile = rule(
  (file) =>
    reads(() => {
      const found = readFileSync(file.trim(), 'utf8').match(oneCertificate) ?? [];
      for (const one of found) new X509Certificate(one);
      return found.length > 0;
    }),
  'names no file with certificates in PEM that can be read',
);

/** A file with a private key that needs no passphrase. */
export const keyFile = rule(
  (file) => reads(() => createPrivateKey(readFileSync(file.trim()))),
  'names no file with a private key in PEM that can be read',
);

/** Whether two files, each right by itself, belong together. */
export const areKeyAndCertificate = (keyPath: string, certificatePath: string) =>
  reads(() =>
    new X509Certificate(readFileSync(certificatePath.trim())).checkPrivateKey(
      createPrivateKey(readFileSync(keyPath.trim())),
    ),
  );
