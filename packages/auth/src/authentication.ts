import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { addressBucket, type Database, type Logger, Problem } from '@meander/runtime';
import { hashSecret, looksLikeSecret, type Scope } from './api-key.ts';
import { FailureLimit, type FailureRule } from './failure-limit.ts';
import { findKey } from './key-store.ts';
import { createTokenVerifier, type OidcOptions } from './oidc.ts';
import { rememberUser } from './user-store.ts';

/** Who asks, as it stands in histories and events: `key:<id>` or `user:<id>`. */
export interface Actor {
  id: string;
  name: string;
}

export interface Caller {
  actor: Actor;
  scopes: readonly Scope[];
}

export interface AuthenticationOptions {
  db: Database;
  logger?: Logger;
  /** Where a request comes from; failures are limited by it. */
  clientAddress?: (req: IncomingMessage) => string | null;
  failures?: FailureRule;
  /** Left out: API keys alone. */
  oidc?: OidcOptions | undefined;
}

/** Finds out who asks. */
export interface Authentication {
  /**
   * @throws Problem 401 (no key, or not a valid one: the same answer whatever is wrong with it), 429 (too many
   *   failures from this address) or 503 (the issuer's keys cannot be had)
   */
  authenticate(req: IncomingMessage): Promise<Caller>;
  /** The same for a credential that came by another way than the header. */
  authenticateBy(credential: string, req: IncomingMessage): Promise<Caller>;
}

export const realm = 'Bearer realm="meander"';
export const defaultFailures: FailureRule = { max: 50, windowMs: 15 * 60_000 };
/** Callers whose credential was good lately, at most so many. */
const mostKnown = 1_000;

function unauthorized(challenge: string): Problem {
  return new Problem(
    'unauthorized',
    { detail: 'Send a valid API key or access token as "Authorization: Bearer <key>".' },
    { headers: { 'WWW-Authenticate': challenge } },
  );
}

function tooManyFailures(waitMs: number): Problem {
  const seconds = Math.ceil(waitMs / 1000);
  return new Problem(
    'rate-limited',
    {
      detail: `Too many keys from this address were not valid. Try again in ${Math.ceil(seconds / 60)} min.`,
    },
    { headers: { 'Retry-After': String(seconds) } },
  );
}

/**
 * Authenticates by API key or, where an issuer is configured, by access token. Once an address has failed too
 * often, keys that are new to this process are not even looked up for it; one that was good before still is,
 * so that a guesser does not lock out the colleagues behind the same address. A request without a key is no
 * attempt and is not counted.
 */
export function createAuthentication({
  db,
  logger,
  clientAddress = (req) => req.socket.remoteAddress ?? null,
  failures = defaultFailures,
  oidc,
}: AuthenticationOptions): Authentication {
  const limit = new FailureLimit(failures);
  const verifyToken = oidc && createTokenVerifier(oidc);
  const known = new Set<string>();
  // Log lines of one address belong together, but do not tell the address: it is personal.
  const salt = randomBytes(16);
  const pseudonym = (place: string) =>
    createHash('sha256').update(salt).update(place).digest('hex').slice(0, 12);

  const identify = async (credential: string): Promise<Caller | undefined> => {
    if (looksLikeSecret(credential)) {
      const key = await findKey(db, credential);
      return key && { actor: { id: `key:${key.id}`, name: key.name }, scopes: key.scopes };
    }
    const claims = await verifyToken?.(credential);
    if (!claims || !oidc) return undefined;
    const user = await rememberUser(db, { issuer: oidc.issuer, subject: claims.subject, name: claims.name });
    return { actor: { id: `user:${user.id}`, name: user.name }, scopes: claims.scopes };
  };

  const authenticateBy: Authentication['authenticateBy'] = async (credential, req) => {
    const place = addressBucket(clientAddress(req));
    const fingerprint = hashSecret(credential).toString('base64url');
    const wait = limit.waitOf(place);
    if (wait > 0 && !known.has(fingerprint)) throw tooManyFailures(wait);

    const caller = credential === '' ? undefined : await identify(credential);
    if (caller) {
      const [longestAgo] = known;
      known.delete(fingerprint);
      known.add(fingerprint);
      if (known.size > mostKnown && longestAgo !== undefined) known.delete(longestAgo);
      return caller;
    }
    known.delete(fingerprint);
    limit.note(place);
    logger?.warn({ client: pseudonym(place), limited: limit.waitOf(place) > 0 }, 'key refused');
    throw unauthorized(credential === '' ? realm : `${realm}, error="invalid_token"`);
  };

  return {
    authenticateBy,
    async authenticate(req) {
      const header = req.headers.authorization;
      if (header === undefined) throw unauthorized(realm);
      const [, credential = ''] = /^Bearer +([^\s]+)$/i.exec(header) ?? [];
      return authenticateBy(credential, req);
    },
  };
}
