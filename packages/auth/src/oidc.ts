import { Problem } from '@meander/runtime';
import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type Scope, scopes } from './api-key.ts';
import { type Person, personOf } from './person-claims.ts';

export interface OidcOptions {
  issuer: string;
  audience: string;
  /** Where the keys are; found by the issuer's discovery document where it is left out. */
  jwksUrl?: string | undefined;
  /** The claim that holds our scopes: a text with spaces between them, or a list. */
  scopeClaim: string;
  /** What the header's `typ` must be: `at+jwt` (RFC 9068), so that an ID token is no access token. */
  tokenType: string;
  /** How soon an unknown key may ask for the keys again, in milliseconds. */
  keyCooldown?: number;
}

/** What a valid access token says. */
export interface TokenClaims extends Person {
  scopes: Scope[];
}

/** Undefined for a token that is not valid, whatever is wrong with it. */
export type TokenVerifier = (token: string) => Promise<TokenClaims | undefined>;

/** Signatures by a key pair only: with a shared-secret algorithm, the public key would be the secret. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const deadline = 3_000;
const keysAge = 600_000;
/** Clocks of two machines differ; seconds. */
const clockTolerance = 5;

/** jose's codes for a token that is not valid; any other error is the issuer's, or ours. */
const invalidToken =
  /^ERR_(JWT_|JWS_|JOSE_ALG_NOT_ALLOWED|JOSE_NOT_SUPPORTED|JWKS_(NO|MULTIPLE)_MATCHING_KEYS?$)/;

async function discoverKeys(issuer: string): Promise<URL> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(address, { signal: AbortSignal.timeout(deadline), redirect: 'error' });
  const document = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown };
  if (!answer.ok || document.issuer !== issuer) throw new Error('the discovery document is not the issuer’s');
  return new URL(String(document.jwks_uri));
}

function scopesOf(claim: unknown): Scope[] {
  const held = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return scopes.filter((scope) => held.includes(scope));
}

/**
 * Verifies access tokens by the issuer's keys, which are kept for ten minutes and asked for again when a token
 * names one that is not among them (a rotation).
 *
 * @throws Problem 503 where the issuer's keys cannot be had: that says nothing about the token
 */
export function createTokenVerifier(options: OidcOptions): TokenVerifier {
  const { issuer, audience, jwksUrl, scopeClaim, tokenType, keyCooldown = 30_000 } = options;
  let keys: JWTVerifyGetKey | undefined;
  const openKeys = async () => {
    keys ??= createRemoteJWKSet(jwksUrl ? new URL(jwksUrl) : await discoverKeys(issuer), {
      timeoutDuration: deadline,
      cacheMaxAge: keysAge,
      cooldownDuration: keyCooldown,
    });
    return keys;
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, await openKeys(), {
        issuer,
        audience,
        algorithms,
        typ: tokenType,
        requiredClaims: ['exp', 'sub'],
        clockTolerance,
      });
      const person = personOf(payload);
      return person && { ...person, scopes: scopesOf(payload[scopeClaim]) };
    } catch (cause) {
      if (invalidToken.test(String((cause as { code?: unknown }).code))) return undefined;
      throw new Problem(
        'unavailable',
        { detail: 'The keys of the token’s issuer cannot be read.' },
        { headers: { 'Retry-After': '5' }, cause },
      );
    }
  };
}
