/** A host name as DNS, a container's network or an IPv6 literal writes it. */
const hostName = /^(\[[0-9a-f:.]+\]|[\p{L}\p{M}\p{N}_-]+(\.[\p{L}\p{M}\p{N}_-]+)*\.?)$/iu;

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/**
 * Why a URL leads nowhere, or undefined. That it has the characters of one (RFC 3986) is not asked here: this is what a
 * client stumbles over later, some by an error that holds the whole URL, some without a word. Nothing of it is repeated.
 *
 * @param isHost which hosts count, given without percent-encoding
 */
export function urlFault(text: string, isHost = (host: string) => hostName.test(host)): string | undefined {
  if (!/^[a-z]+:\/\//.test(text)) return 'must have // and a host after its scheme';
  if (text.includes('#')) return 'must have no #: in a password it is written as %23';
  if (!URL.canParse(text))
    return 'cannot be read: ports go from 1 to 65535, and in a password : / ? @ are written as %3A %2F %3F %40';
  const { username, password, hostname, port, pathname, search } = new URL(text);
  if ([username, password, hostname, pathname, search].some((part) => decoded(part) === undefined))
    return 'has a % that begins no character: in a password it is written as %25';
  if (port === '0') return 'must have a port from 1 to 65535';
  return isHost(decoded(hostname) ?? '') ? undefined : 'must name a host after //';
}

/** The same of an address of the web, which names no user. */
export function webUrlFault(text: string): string | undefined {
  const fault = urlFault(text);
  if (fault !== undefined) return fault;
  const { username, password } = new URL(text);
  return username === '' && password === '' ? undefined : 'must have no user and no password';
}

/** The same of one that paths are put behind. */
export const baseUrlFault = (text: string): string | undefined =>
  webUrlFault(text) ?? (text.includes('?') ? 'must have no ?' : undefined);

/** The same of a database's URL. libpq's form without a host counts, and so does the path of a socket, in it or as `host`. */
export function databaseHostFault(text: string): string | undefined {
  const fault = urlFault(text, (host) => host === '' || host.startsWith('/') || hostName.test(host));
  if (fault !== undefined) return fault;
  const ports = new URL(text).searchParams.getAll('port');
  return ports.every((port) => isBetween(port, 1, 65_535)) ? undefined : 'must have a port from 1 to 65535';
}

/** The same of Redis' URL, whose path is the number of a database. What else it could say, the client would read past. */
export function redisUrlFault(text: string): string | undefined {
  const fault = urlFault(text);
  if (fault !== undefined) return fault;
  const { pathname, search } = new URL(text);
  if (!/^(\/\d{0,5})?$/.test(pathname)) return 'must have the number of a database as its path, or none';
  return search === '' ? undefined : 'must have no ?: the number of a database is its path';
}

const isBetween = (text: string, least: number, most: number) =>
  /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most;

/** What AMQP's URLs may ask for, with the range that the protocol has for it. */
const brokerParameters: readonly [name: string, least: number, most: number][] = [
  ['heartbeat', 0, 65_535],
  ['channelMax', 0, 65_535],
  ['frameMax', 0, 2 ** 32 - 1],
  ['maxFrameSize', 0, 2 ** 32 - 1],
];

/** The same of the broker's URL. The client would send the server what is no number as a number. */
export function brokerUrlFault(text: string): string | undefined {
  const fault = urlFault(text);
  if (fault !== undefined) return fault;
  const { searchParams } = new URL(text);
  for (const [name, least, most] of brokerParameters) {
    if (!searchParams.getAll(name).every((value) => isBetween(value, least, most)))
      return `must have a number from ${least} to ${most} as ${name}`;
  }
  return undefined;
}
