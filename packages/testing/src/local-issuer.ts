import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';

/** What the issuer does with a person who is sent to it; a test changes it as it goes. */
interface Behaviour {
  /** Nothing is answered but 500. */
  down: boolean;
  /** The person is asked on a page of the issuer's own, instead of being sent back at once. */
  asks: boolean;
  /** The person's answer, or why the issuer gives none (RFC 6749, section 4.1.2.1). */
  refuses: string | undefined;
  /** Claims of the ID token, over the right ones. */
  idToken: Record<string, unknown>;
  /** Claims of the access token, over the right ones. */
  accessToken: Record<string, unknown>;
}

const audience = 'meander-sales';
const client = { id: 'meander-board', secret: 'a secret of the board' };
const allScopes = 'openid profile leads:read leads:write leads:erase';

/** RFC 6749, section 2.3.1: both parts are encoded as in a form. */
function credentialsOf(req: IncomingMessage): string {
  const [, encoded = ''] = /^Basic (.+)$/.exec(req.headers.authorization ?? '') ?? [];
  return decodeURIComponent(Buffer.from(encoded, 'base64').toString().replaceAll('+', ' '));
}

/**
 * An OpenID Connect issuer for tests: discovery, keys that can be rotated, whatever token is asked for, and the
 * authorization code flow for one client. It insists on PKCE, on the client's secret and on one use of a code.
 */
export async function startIssuer() {
  let generation = 0;
  let keys = await newKeys();
  /** The key that is shown to others. */
  let published = keys.jwk;
  const requests: string[] = [];
  const answers: Behaviour = { down: false, asks: false, refuses: undefined, idToken: {}, accessToken: {} };
  /** What was asked for with each code that was given out. */
  const codes = new Map<string, URLSearchParams>();

  async function newKeys() {
    generation += 1;
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const kid = `key-${generation}`;
    return {
      kid,
      privateKey,
      publicKey,
      jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' },
    };
  }

  const sign = (claims: Record<string, unknown>, header: Record<string, unknown>, expires: string) => {
    const jwt = new SignJWT({ iss: issuer, ...claims }).setProtectedHeader({
      ...{ alg: 'RS256', kid: keys.kid },
      ...header,
    });
    if (!('iat' in claims)) jwt.setIssuedAt();
    if (!('exp' in claims)) jwt.setExpirationTime(expires);
    return jwt.sign(keys.privateKey);
  };

  /** Sends the person back, with a code or with the reason that there is none. */
  function authorize(asked: URLSearchParams): string {
    const back = new URL(asked.get('redirect_uri') ?? '');
    if (answers.refuses === undefined) {
      const code = randomUUID();
      codes.set(code, asked);
      back.searchParams.set('code', code);
    } else {
      back.searchParams.set('error', answers.refuses);
    }
    back.searchParams.set('state', asked.get('state') ?? '');
    return back.href;
  }

  /** Undefined where anything of it is not as it was asked for. */
  async function exchange(req: IncomingMessage) {
    const given = new URLSearchParams(await text(req));
    const code = given.get('code') ?? '';
    const asked = codes.get(code);
    codes.delete(code);
    const proof = createHash('sha256')
      .update(given.get('code_verifier') ?? '')
      .digest('base64url');
    const isRight =
      asked?.get('code_challenge_method') === 'S256' &&
      asked.get('code_challenge') === proof &&
      asked.get('redirect_uri') === given.get('redirect_uri') &&
      asked.get('client_id') === client.id &&
      credentialsOf(req) === `${client.id}:${client.secret}`;
    if (!isRight) return undefined;
    const person = { sub: 'selger-1', name: 'Selma Selger' };
    const idToken = { ...person, aud: client.id, nonce: asked.get('nonce'), ...answers.idToken };
    const accessToken = { ...person, aud: audience, scope: allScopes, ...answers.accessToken };
    return {
      token_type: 'Bearer',
      expires_in: 300,
      id_token: await sign(idToken, {}, '5m'),
      access_token: await sign(accessToken, { typ: 'at+jwt' }, '5m'),
    };
  }

  const answer = async (req: IncomingMessage): Promise<[number, Record<string, unknown>]> => {
    const { pathname, searchParams } = new URL(req.url ?? '/', issuer);
    const documents: Record<string, Record<string, unknown>> = {
      '/.well-known/openid-configuration': {
        ...{ issuer, jwks_uri: `${issuer}/keys`, response_types_supported: ['code'] },
        ...{ authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
        ...{ subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'] },
        code_challenge_methods_supported: ['S256'],
      },
      '/keys': { keys: [published] },
    };
    if (answers.down) return [500, {}];
    if (pathname === '/authorize' && answers.asks && !searchParams.has('answered')) return [200, {}];
    if (pathname === '/authorize') return [302, { location: authorize(searchParams) }];
    if (pathname === '/token') {
      const tokens = await exchange(req);
      return tokens ? [200, tokens] : [400, { error: 'invalid_grant' }];
    }
    return [documents[pathname] ? 200 : 404, documents[pathname] ?? {}];
  };

  const server = createServer(async (req, res) => {
    requests.push(req.url ?? '');
    const [status, body] = await answer(req);
    if (status === 200 && req.url?.startsWith('/authorize')) {
      const address = `${req.url}&answered=1`.replaceAll('&', '&amp;');
      res.writeHead(200, { 'Content-Type': 'text/html' }).end(`<a href="${address}">Go on</a>`);
      return;
    }
    res.writeHead(status, {
      'Content-Type': 'application/json',
      ...(status === 302 && { Location: String(body.location) }),
    });
    res.end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    issuer,
    audience,
    client,
    requests,
    answers,
    /** The newest public key as PEM: what an attacker may know. */
    publicKey: () => exportSPKI(keys.publicKey),
    async rotate() {
      keys = await newKeys();
      published = keys.jwk;
    },
    /** It shows its key, and signs with another one under the same name, until what this gives is called. */
    async forge() {
      const good = keys;
      keys = { ...(await newKeys()), kid: good.kid };
      return () => {
        keys = good;
      };
    },
    /** A good access token, unless told otherwise. */
    token(
      claims: Record<string, unknown> = {},
      { header = {}, expires = '5m' }: { header?: Record<string, unknown>; expires?: string } = {},
    ) {
      const payload = { aud: audience, sub: 'selger-1', scope: 'openid leads:read', ...claims };
      return sign(payload, { typ: 'at+jwt', ...header }, expires);
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export type Issuer = Awaited<ReturnType<typeof startIssuer>>;
