import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';

/** An OpenID Connect issuer for tests: discovery, keys that can be rotated, and whatever token is asked for. */
export async function startIssuer() {
  let generation = 0;
  let keys = await newKeys();
  const requests: string[] = [];
  const answers = { down: false };

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

  const server = createServer((req, res) => {
    requests.push(req.url ?? '');
    const body: Record<string, unknown> = {
      '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys` },
      '/keys': { keys: [keys.jwk] },
    };
    const known = body[req.url ?? ''];
    res.writeHead(answers.down ? 500 : known ? 200 : 404, { 'Content-Type': 'application/json' });
    res.end(JSON.stringify(known ?? {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    issuer,
    audience: 'meander-sales',
    requests,
    answers,
    /** The newest public key as PEM: what an attacker may know. */
    publicKey: () => exportSPKI(keys.publicKey),
    async rotate() {
      keys = await newKeys();
    },
    /** A good access token, unless told otherwise. */
    token(
      claims: Record<string, unknown> = {},
      { header = {}, expires = '5m' }: { header?: Record<string, unknown>; expires?: string } = {},
    ) {
      const payload = {
        iss: issuer,
        aud: 'meander-sales',
        sub: 'selger-1',
        scope: 'openid leads:read',
        ...claims,
      };
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'RS256', kid: keys.kid, typ: 'at+jwt', ...header })
        .setIssuedAt()
        .setExpirationTime(expires)
        .sign(keys.privateKey);
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
