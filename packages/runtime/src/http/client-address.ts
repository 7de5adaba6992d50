import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Reads one address in any form that proxies write: with a port, in brackets, with a zone, IPv4-mapped. */
export function parseAddress(text: string): Address | undefined {
  const bare = text
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .replace(/^\[([^\]]*)\](:\d{1,5})?$/, '$1')
    .replace(/^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/, '$1')
    .replace(/%.*$/, '');
  // ipaddr.js also reads octal and short IPv4 forms, which two programs read differently: only the plain form counts.
  if (/^[\d.]+$/.test(bare) && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined;
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined;
}

/** Reads an address or a CIDR range, or returns undefined. A port or a zone would count for nothing: it is not taken. */
export function parseRange(text: string): Range | undefined {
  const [network = '', length, ...rest] = text.trim().split('/');
  const address = isIP(network) > 0 && !network.includes('%') ? parseAddress(network) : undefined;
  if (!address || rest.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined;
  const mapped = address.kind() === 'ipv4' && network.includes(':');
  const most = address.kind() === 'ipv4' ? 32 : 128;
  const bits = length === undefined ? most : Number(length) - (mapped ? 96 : 0);
  return bits >= 0 && bits <= most ? [address, bits] : undefined;
}

const inRange = (address: Address, [network, bits]: Range) =>
  address.kind() === network.kind() && address.match(network, bits);

/**
 * Finds the client's address: the socket's peer, or, where that is one of the trusted proxies, the first
 * address from the right of X-Forwarded-For that is not one. Entries further left were written by the client
 * and count for nothing; an entry that is no address ends the walk at the proxy that passed it on.
 * The answer is in one form per client (IPv4-mapped as IPv4), or null where even the socket has none.
 *
 * @param trusted addresses and CIDR ranges, as in TRUSTED_PROXIES
 */
export function createClientAddress(trusted: readonly string[]): (req: IncomingMessage) => string | null {
  const ranges = trusted.map(parseRange).filter((range) => range !== undefined);
  const isTrusted = (address: Address) => ranges.some((range) => inRange(address, range));
  return (req) => {
    let client = parseAddress(req.socket.remoteAddress ?? '');
    const header = req.headers['x-forwarded-for'];
    const hops = [header ?? []].flat().join(',').split(',').reverse();
    for (const hop of hops) {
      if (!client || !isTrusted(client)) break;
      const next = parseAddress(hop);
      if (!next) break;
      client = next;
    }
    return client?.toString() ?? null;
  };
}

/** What the rate limit counts as one client: an IPv4 address, or the /64 of an IPv6 one (a home line has 2^64). */
export function addressBucket(address: string | null): string {
  const parsed = parseAddress(address ?? '');
  if (!parsed) return 'unknown';
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`);
  return `${network.toString()}/64`;
}
