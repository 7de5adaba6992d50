import { type Database, Problem } from '@meander/runtime';
import type { RequestHandler, Response } from 'express';
import type { Scope } from './api-key.ts';
import { findKey } from './key-store.ts';

/** Who asks, as it stands in histories and events: `key:<id>`. */
export interface Actor {
  id: string;
  name: string;
}

/** Makes the middleware that lets a request through only with this scope. */
export type Guard = (scope: Scope) => RequestHandler;

const realm = 'Bearer realm="meander"';

/** The actor that `requireScope` found. */
export function actorOf(res: Response): Actor {
  return res.locals.actor as Actor;
}

/**
 * Lets a request through whose `Authorization: Bearer` key carries the scope.
 *
 * @throws Problem 401 (no key, or not a valid one: the same answer whatever is wrong with it) or 403 (RFC 6750)
 */
export function requireScope(db: Database, scope: Scope): RequestHandler {
  return async (req, res, next) => {
    const [, secret] = /^Bearer +([^\s]+)$/i.exec(req.headers.authorization ?? '') ?? [];
    const key = secret === undefined ? undefined : await findKey(db, secret);
    if (!key) {
      const challenge = secret === undefined ? realm : `${realm}, error="invalid_token"`;
      throw new Problem(
        'unauthorized',
        { detail: 'Send a valid API key as "Authorization: Bearer <key>".' },
        { headers: { 'WWW-Authenticate': challenge } },
      );
    }
    if (!key.scopes.includes(scope)) {
      throw new Problem(
        'forbidden',
        { detail: `The key needs the scope ${scope}.` },
        { headers: { 'WWW-Authenticate': `${realm}, error="insufficient_scope", scope="${scope}"` } },
      );
    }
    res.locals.actor = { id: `key:${key.id}`, name: key.name } satisfies Actor;
    next();
  };
}
