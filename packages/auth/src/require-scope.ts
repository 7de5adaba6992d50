import { type Database, Problem } from '@meander/runtime';
import type { RequestHandler, Response } from 'express';
import type { Scope } from './api-key.ts';
import { type Actor, type Authentication, createAuthentication, realm } from './authentication.ts';

/** Makes the middleware that lets a request through only with this scope. */
export type Guard = (scope: Scope) => RequestHandler;

/** The actor that `requireScope` found. */
export function actorOf(res: Response): Actor {
  return res.locals.actor as Actor;
}

/**
 * Lets a request through whose `Authorization: Bearer` key or token carries the scope.
 *
 * @param by how callers are found; a database alone means: by API key
 * @throws Problem 401, 429 or 503 as `Authentication` says, or 403 (RFC 6750)
 */
export function requireScope(by: Authentication | Database, scope: Scope): RequestHandler {
  const authentication = 'authenticate' in by ? (by as Authentication) : createAuthentication({ db: by });
  return async (req, res, next) => {
    const { actor, scopes } = await authentication.authenticate(req);
    if (!scopes.includes(scope)) {
      throw new Problem(
        'forbidden',
        { detail: `The key needs the scope ${scope}.` },
        { headers: { 'WWW-Authenticate': `${realm}, error="insufficient_scope", scope="${scope}"` } },
      );
    }
    res.locals.actor = actor;
    next();
  };
}
