import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bookingBody,
  createStack,
  hasRedisServer,
  type RedisServer,
  type Stack,
  startRedisServer,
  startServices,
  waitUntil,
} from '@meander/testing';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completePasswords, secretFiles } from '../../deploy/docker/make-secrets.mts';

describe.skipIf(!hasRedisServer)('the users of Redis', () => {
  const passwords = completePasswords();
  const login = { username: 'intake', password: passwords.redis };
  let folder: string;
  let redis: RedisServer;
  let stack: Stack;

  /** Asks Redis as a user, and gives the answer or the first word of the refusal. */
  async function ask(user: typeof login | undefined, ...command: string[]): Promise<unknown> {
    const client = createClient({ url: redis.url, ...user, socket: { reconnectStrategy: false } });
    client.on('error', () => {});
    await client.connect();
    try {
      return await client.sendCommand(command);
    } catch (error) {
      return String((error as Error).message).split(' ')[0];
    } finally {
      client.destroy();
    }
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'meander-acl-'));
    const aclFile = join(folder, 'users.acl');
    writeFileSync(aclFile, `${secretFiles(passwords)['redis/users.acl']}\n`);
    [stack, redis] = await Promise.all([createStack(), startRedisServer({ aclFile, login })]);
  });

  afterAll(async () => {
    await redis?.kill();
    await stack?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('let intake limit attempts, on its own keys', async () => {
    const url = redis.url.replace('//', `//intake:${passwords.redis}@`);
    const { intake } = await startServices(['intake'], {
      ...{ ...stack.env, REDIS_URL: url, REDIS_KEY_PREFIX: 'meander:' },
      ...{ RATE_LIMIT_MAX: '1', TRUSTED_PROXIES: '127.0.0.1' },
    });
    const book = (from: string) =>
      fetch(`${intake.url}/leads`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
        body: JSON.stringify(bookingBody()),
      }).then(({ status }) => status);
    try {
      // Whoever comes before the connection is there, or while Redis takes longer than intake waits, is not counted there.
      const answers: number[][] = [];
      await waitUntil('an attempt is counted by Redis', async () => {
        const from = `203.0.113.${answers.length}`;
        answers.push([await book(from), await book(from)]);
        return (await ask(login, 'ZCARD', `meander:attempts:${from}`)) === 1;
      });
      for (const answer of answers) expect(answer).toEqual([202, 429]);
    } finally {
      await intake.stop();
    }
  });

  it.each([
    [['ZCARD', 'others:attempts']],
    [['GET', 'meander:attempts']],
    [['SET', 'meander:x', '1']],
    [['DEL', 'meander:attempts:127.0.0.1']],
    [['KEYS', '*']],
    [['SCAN', '0']],
    [['FLUSHALL']],
    [['CONFIG', 'GET', '*']],
    [['ACL', 'LIST']],
    [['MONITOR']],
    [['SCRIPT', 'FLUSH']],
    [['CLIENT', 'KILL', 'TYPE', 'normal']],
    [['PUBLISH', 'meander:x', '1']],
    [['EVAL', "return redis.call('SET', KEYS[1], 1)", '1', 'meander:x']],
    [['EVAL', "return redis.call('ZCARD', 'others:x')", '0']],
  ])('refuse intake %j', async (command) => {
    expect(await ask(login, ...command)).toMatch(/^(NOPERM|ERR)$/);
  });

  it('let somebody without a login ask for life, and for nothing else', async () => {
    expect(await ask(undefined, 'PING')).toBe('PONG');
    expect(await ask(undefined, 'ZCARD', 'meander:attempts:127.0.0.1')).toBe('NOPERM');
    await expect(ask({ ...login, password: 'wrong' }, 'PING')).rejects.toThrow('WRONGPASS');
  });
});

if (!hasRedisServer)
  it('the users of Redis are not tried: there is no redis-server', () => {
    expect(hasRedisServer).toBe(false);
  });
