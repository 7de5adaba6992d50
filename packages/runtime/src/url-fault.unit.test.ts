import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { postgresConnection } from './postgres-connection.ts';
import { brokerUrlFault, databaseHostFault, redisUrlFault, urlFault } from './url-fault.ts';

describe('a URL that can lead somewhere', () => {
  it.each([
    'smtp://127.0.0.1:1025',
    'http://localhost:3001',
    'https://leads.example.no/under/a/path?a=b',
    'smtps://user%40example.no:p%25%23%3A@smtp.office365.com:587?requireTLS=true',
    'http://[::1]:4318',
    'http://otel_collector:4318',
    'smtp://b%C3%BCcher.no',
    'https://login.example.no./',
  ])('%s is taken', (text) => {
    expect(urlFault(text)).toBeUndefined();
  });

  it.each([
    'postgres:///meander',
    'postgres:///meander?host=/var/run/postgresql',
    'postgres://%2Fvar%2Frun/meander',
  ])('and one of a socket: %s', (text) => {
    expect(databaseHostFault(text)).toBeUndefined();
    expect(() => postgresConnection({ url: text })).not.toThrow();
  });

  it.each(['redis://h', 'redis://h/', 'rediss://:pw@h:6380/15'])('and one of Redis: %s', (text) => {
    expect(redisUrlFault(text)).toBeUndefined();
  });

  it.each(['amqp://h', 'amqps://u:p@h:5671/%2F?heartbeat=30&frameMax=131072', 'amqp://h/vhost'])(
    'and one of the broker: %s',
    (text) => {
      expect(brokerUrlFault(text)).toBeUndefined();
    },
  );
});

describe('a URL that leads nowhere', () => {
  it.each([
    ['smtp:foo', /host/],
    ['smtp:///', /host/],
    ['smtp://u:p@/x', /cannot be read/],
    ['http://h:99999', /ports go from 1/],
    ['http://u:hemmelig@127.0.0.1:99999', /ports go from 1/],
    ['smtp://h:0', /port/],
    ['smtp://u:%zz@h', /%25/],
    ['smtp://%zz:p@h', /%25/],
    ['smtp://u:%ff@h', /%25/],
    ['smtp://h%zz', /%25/],
    ['https://h/%zz', /%25/],
    ['smtp://h?name=%zz', /%25/],
    ['smtp://a%20b', /host/],
    ['smtp://a..b', /host/],
    ['amqp://u:1#hemmelig@h', /#/],
  ])('%s is told', (text, fault) => {
    expect(urlFault(text)).toMatch(fault);
  });

  it.each([
    'redis://h/abc',
    'redis://h/1/2',
    'redis://h/-1',
    'redis://h?db=3',
    'redis:foo',
    'redis://u:%zz@h',
  ])('and one of Redis: %s', (text) => {
    expect(redisUrlFault(text)).toBeDefined();
  });

  it.each([
    'amqp:foo',
    'amqp://g:%zz@h',
    'amqp://h/%zz',
    'amqp://h?heartbeat=abc',
    'amqp://h?heartbeat=-1',
    'amqp://h?heartbeat=70000',
    'amqp://h?heartbeat=10&heartbeat=x',
    'amqp://h?frameMax=1e5',
    'amqp://h?channelMax=',
    'amqp://h?maxFrameSize=4k',
  ])('and one of the broker: %s', (text) => {
    expect(brokerUrlFault(text)).toBeDefined();
  });

  it.each([
    'postgres:foo',
    'postgres://u:%zz@h/db',
    'postgres://h:99999/db',
    'postgres://h/%zz',
    'postgres://h/db?port=0',
  ])('and one of the database: %s', (text) => {
    expect(databaseHostFault(text)).toBeDefined();
  });

  it('is told without a word of it', () => {
    const judges = [urlFault, databaseHostFault, redisUrlFault, brokerUrlFault];
    const part = fc.constantFrom(
      'hemmelig',
      'hemmelig:',
      '@hemmelig',
      '/hemmelig',
      '?heartbeat=hemmelig',
      '#hemmelig',
      ':99999',
      '%zz',
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const text = `redis:${parts.join('')}`;
        for (const judge of judges) {
          expect(judge(text) ?? '').not.toContain('hemmelig');
          expect(judge(`redis://${parts.join('')}`) ?? '').not.toContain('hemmelig');
        }
      }),
    );
  });

  it('is never taken where a client could not read it', () => {
    const scrap = fc.stringMatching(/^[a-z0-9%:@/?#[\].=&-]{0,20}$/);
    fc.assert(
      fc.property(scrap, (rest) => {
        const text = `redis://${rest}`;
        if (redisUrlFault(text) !== undefined) return;
        const { username, password, hostname, pathname } = new URL(text);
        for (const each of [username, password, hostname]) decodeURIComponent(each);
        expect(hostname).not.toBe('');
        expect(Number(pathname.slice(1))).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2_000 },
    );
  });
});
