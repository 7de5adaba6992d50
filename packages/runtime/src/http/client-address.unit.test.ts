import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { addressBucket, createClientAddress, parseAddress, parseRange } from './client-address.ts';

const request = (remoteAddress: string | undefined, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

describe('the client address', () => {
  const behindProxy = createClientAddress(['10.0.0.0/8', '::1', '127.0.0.1']);

  it.each([
    ['the socket peer, when nobody forwarded', '203.0.113.9', undefined, '203.0.113.9'],
    ['the socket peer, when it is no trusted proxy', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['the entry that the trusted proxy wrote', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    [
      'RAT-07 the last entry, whatever a client wrote before it',
      '10.1.2.3',
      '198.51.100.7, 203.0.113.16',
      '203.0.113.16',
    ],
    [
      'the first untrusted one from the right, over several proxies',
      '10.1.2.3',
      '6.6.6.6, 203.0.113.16, 10.9.9.9',
      '203.0.113.16',
    ],
    ['RAT-19 the proxy itself, when the entry is no address', '10.1.2.3', 'unknown', '10.1.2.3'],
    ['the proxy itself, when the header is empty', '10.1.2.3', '', '10.1.2.3'],
    ['an entry without its port', '10.1.2.3', '203.0.113.16:4711', '203.0.113.16'],
    ['an entry without brackets and port', '10.1.2.3', '[2001:db8::1]:443', '2001:db8::1'],
    ['an entry without quotes', '10.1.2.3', '"[2001:db8::1]"', '2001:db8::1'],
    ['RAT-13 IPv4 for an IPv4-mapped entry', '10.1.2.3', '::ffff:203.0.113.20', '203.0.113.20'],
    [
      'IPv4 for an IPv4-mapped peer, which is then a trusted one',
      '::ffff:10.1.2.3',
      '203.0.113.20',
      '203.0.113.20',
    ],
    ['the proxy for an octal form that two programs read differently', '10.1.2.3', '0300.0.2.1', '10.1.2.3'],
    ['null for a socket without one', undefined, '203.0.113.20', null],
  ])('is %s', (_what, peer, forwarded, expected) => {
    expect(behindProxy(request(peer, forwarded))).toBe(expected);
  });

  it('trusts nobody by default', () => {
    expect(createClientAddress([])(request('127.0.0.1', '198.51.100.1'))).toBe('127.0.0.1');
  });
});

describe('the bucket of an address', () => {
  it.each([
    ['203.0.113.20', '203.0.113.20'],
    ['::ffff:203.0.113.20', '203.0.113.20'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::9', '2001:db8:1:2::/64'],
    [null, 'unknown'],
  ])('of %s is %s', (address, bucket) => {
    expect(addressBucket(address)).toBe(bucket);
  });
});

describe('ranges', () => {
  it.each(['10.0.0.0/8', '::1', '2001:db8::/32', '::ffff:10.0.0.0/104'])('reads %s', (text) => {
    expect(parseRange(text)).toBeDefined();
  });

  it.each([
    ...['10.0.0.0/33', 'localhost', '', '10.0.0/8', '1.2.3'],
    ...['10.0.0.1:80', '10.0.0.1:80/32', '[::1]:80', '"10.0.0.1"', 'fe80::1%eth0'],
  ])('refuses %j', (text) => {
    expect(parseRange(text)).toBeUndefined();
  });

  it('does not read what is no address', () => {
    for (const text of ['', ' ', 'unknown', '1.2.3', '1.2.3.4.5', '999.1.1.1', '_hidden', '[::1']) {
      expect(parseAddress(text)).toBeUndefined();
    }
  });
});
