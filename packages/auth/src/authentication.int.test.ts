import { createHmac, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { createApp, createClientAddress, createLogger, type Logger } from '@meander/runtime';
import { createStack, type Issuer, type Stack, startIssuer } from '@meander/testing';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { actorOf, createAuthentication, createKey, requireScope, revokeKey } from './index.ts';

let stack: Stack;
let issuer: Issuer;

beforeAll(async () => {
  stack = await createStack();
  issuer = await startIssuer();
});
afterAll(async () => {
  await issuer.stop();
  await stack.drop();
});

let lines: string[];
let api: ReturnType<typeof supertest.agent>;

/** An API of one address that tells who asks; a proxy in front says from where. */
function serve({ max = 1_000, audience = issuer.audience } = {}) {
  lines = [];
  const keep = (...args: unknown[]) => void lines.push(JSON.stringify(args));
  const logger: Logger = {
    ...createLogger('test', 'silent'),
    level: 'info',
    warn: keep,
    info: keep,
    error: keep,
  };
  const authentication = createAuthentication({
    db: stack.db,
    logger,
    clientAddress: createClientAddress(['127.0.0.1', '::1']),
    failures: { max, windowMs: 60_000 },
    oidc: { issuer: issuer.issuer, audience, scopeClaim: 'scope', tokenType: 'at+jwt', keyCooldown: 0 },
  });
  const app = createApp({
    logger: createLogger('test', 'silent'),
    health: { dependencies: [], draining: () => false },
    routes: {
      '/me': {
        get: [requireScope(authentication, 'leads:read'), (_req, res) => void res.json(actorOf(res))],
      },
    },
  });
  return supertest.agent(app);
}

const me = (credential: string, from = '198.51.100.7') =>
  api.get('/me').set({ authorization: `Bearer ${credential}`, 'x-forwarded-for': from });
const wrongKey = () => `mlk_${randomUUID().replaceAll('-', '').padEnd(43, 'A')}`;
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

beforeEach(() => {
  api = serve();
});

describe('an access token', () => {
  it('of the issuer opens what its scopes say, and names the person by an id of our own', async () => {
    const answer = await me(await issuer.token({ name: 'Selma Selger' }));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ id: expect.stringMatching(/^user:[0-9a-f-]{36}$/), name: 'Selma Selger' });
    const again = await me(await issuer.token({ name: 'Selma Gift' }));
    expect(again.body).toEqual({ id: answer.body.id, name: 'Selma Gift' });
    const other = await me(await issuer.token({ sub: 'selger-2' }));
    expect([other.body.id === answer.body.id, other.body.name]).toEqual([false, 'selger-2']);
  });

  it.each([
    ['a control character', 'Selma\u0000 \u0007Selger', 'Selma Selger'],
    ['a lone surrogate', 'Selma\ud83d Selger', 'Selma Selger'],
    ['a line break', 'Selma\r\nSelger', 'Selma Selger'],
    ['a bidirectional control', '\u202eSelma', 'Selma'],
    ['a pair of surrogates where it is cut', `${'x'.repeat(199)}😀y`, `${'x'.repeat(199)}😀`],
    ['a thousand characters', 'x'.repeat(1_000), 'x'.repeat(200)],
    ['nothing but what cannot be seen', '\u0000\u200b \udc00', 'selma'],
  ])('with %s in its name is taken with what is left, and written down once', async (_what, name, kept) => {
    const claims = { sub: randomUUID(), name, preferred_username: 'selma' };
    const first = await me(await issuer.token(claims));
    expect([first.status, first.body.name]).toEqual([200, kept]);
    const row = () => stack.db('pipeline.users').where({ subject: claims.sub }).first('name', 'xmin', 'ctid');
    const before = await row();
    expect(before.name).toBe(kept);
    expect((await me(await issuer.token(claims))).body).toEqual(first.body);
    expect(await row()).toEqual(before);
  });

  it('may hold its scopes as a list', async () => {
    expect((await me(await issuer.token({ scope: ['leads:read'] }))).status).toBe(200);
  });

  it('without the scope is 403', async () => {
    for (const scope of ['openid leads:readonly', '', 5, undefined]) {
      const answer = await me(await issuer.token({ scope }));
      expect(answer.status).toBe(403);
      expect(answer.headers['www-authenticate']).toContain('insufficient_scope');
    }
  });

  const now = Math.floor(Date.now() / 1000);
  const refused: [string, () => Promise<string> | string][] = [
    ['of another issuer', () => issuer.token({ iss: 'https://other.example' })],
    ['for another audience', () => issuer.token({ aud: 'somebody-else' })],
    ['of another type (an ID token)', () => issuer.token({}, { header: { typ: 'JWT' } })],
    ['of no type', () => issuer.token({}, { header: { typ: undefined } })],
    ['that has expired', () => issuer.token({}, { expires: '-1m' })],
    ['that is not valid yet', () => issuer.token({ nbf: now + 3600 })],
    ['without a subject', () => issuer.token({ sub: undefined })],
    ['with a subject of nothing', () => issuer.token({ sub: ' \u200b' })],
    ['with NUL in its subject', () => issuer.token({ sub: 'selger\u0000' })],
    ['with a control character in its subject', () => issuer.token({ sub: 'sel\u0085ger' })],
    ['with a lone surrogate in its subject', () => issuer.token({ sub: 'selger\ud800' })],
    ['with a subject that is too long', () => issuer.token({ sub: randomBytes(4_000).toString('hex') })],
    [
      'with an unknown critical header',
      () => issuer.token({}, { header: { crit: ['x'], x: 1 } }).catch(() => 'a.b.c'),
    ],
    [
      'with alg none',
      () =>
        `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode({ iss: issuer.issuer, aud: issuer.audience, sub: 'x', exp: now + 60, scope: 'leads:read' })}.`,
    ],
    [
      'with HS256 and the public key as secret',
      async () => {
        const signed = `${encode({ alg: 'HS256', typ: 'at+jwt' })}.${encode({ iss: issuer.issuer, aud: issuer.audience, sub: 'x', exp: now + 60, scope: 'leads:read' })}`;
        return `${signed}.${createHmac('sha256', await issuer.publicKey())
          .update(signed)
          .digest('base64url')}`;
      },
    ],
    [
      'signed by another key under the same id',
      async () => {
        const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
        const [header, payload] = (await issuer.token()).split('.');
        const signature = sign('sha256', Buffer.from(`${header}.${payload}`), privateKey);
        return `${header}.${payload}.${signature.toString('base64url')}`;
      },
    ],
    [
      'whose claims were changed',
      async () => {
        const [header, , signature] = (await issuer.token({ scope: 'openid' })).split('.');
        return `${header}.${encode({ iss: issuer.issuer, aud: issuer.audience, sub: 'x', exp: now + 60, scope: 'leads:read' })}.${signature}`;
      },
    ],
    ['that brings its own key', () => issuer.token({}, { header: { kid: 'unknown', jwk: {} } })],
    ['that is none', () => 'a.b.c'],
  ];
  it.each(refused)('%s is 401', async (_what, token) => {
    const answer = await me(await token());
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="meander", error="invalid_token"');
  });

  it('signed by a key of the next rotation is taken; keys are asked for once', async () => {
    await me(await issuer.token());
    issuer.requests.length = 0;
    await Promise.all(Array.from({ length: 10 }, async () => me(await issuer.token())));
    expect(issuer.requests).toEqual([]);
    const old = await issuer.token();
    await issuer.rotate();
    expect((await me(await issuer.token())).status).toBe(200);
    expect((await me(old)).status).toBe(401);
  });

  it('cannot be judged while the issuer is away: 503, and no failure of the caller', async () => {
    issuer.answers.down = true;
    const answer = await me(await issuer.token());
    issuer.answers.down = false;
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
    expect((await me(await issuer.token())).status).toBe(200);
  });
});

describe('failed attempts', () => {
  it('are limited by address, logged without the secret and without the address', async () => {
    api = serve({ max: 3 });
    const guess = wrongKey();
    for (let n = 0; n < 3; n += 1) expect((await me(guess)).status).toBe(401);
    const answer = await me(wrongKey());
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect((await me(guess, '198.51.100.8')).status).toBe(401);
    expect(lines).toHaveLength(4);
    expect(lines.join()).not.toMatch(/198\.51|mlk_/);
    expect(lines.join()).not.toContain(guess.slice(4));
  });

  it('keep a good key of the same address working, but no other is looked up', async () => {
    api = serve({ max: 2 });
    const { secret, key } = await createKey(stack.db, { name: 'a', scopes: ['leads:read'] });
    const { secret: fresh } = await createKey(stack.db, { name: 'b', scopes: ['leads:read'] });
    expect((await me(secret)).status).toBe(200);
    for (let n = 0; n < 3; n += 1) await me(wrongKey());
    expect((await me(secret)).status).toBe(200);
    expect((await me(fresh)).status).toBe(429);
    await revokeKey(stack.db, key.id);
    expect((await me(secret)).status).toBe(401);
    expect((await me(secret)).status).toBe(429);
  });

  it('are not requests without a key, nor ones with a key for something else', async () => {
    api = serve({ max: 1 });
    const { secret } = await createKey(stack.db, { name: 'c', scopes: ['deliveries:read'] });
    for (let n = 0; n < 3; n += 1) {
      expect((await api.get('/me')).status).toBe(401);
      expect((await me(secret)).status).toBe(403);
    }
  });

  it('count from the address behind the proxy, an IPv6 network as one', async () => {
    api = serve({ max: 1 });
    expect((await me(wrongKey(), '2001:db8::1')).status).toBe(401);
    expect((await me(wrongKey(), '2001:db8::2')).status).toBe(429);
    expect((await me(wrongKey(), '2001:db8:0:1::1')).status).toBe(401);
  });
});
