import type { Scope } from '@meander/auth';
import { Problem, readBody } from '@meander/runtime';
import { sameOrigin } from '@meander/web';
import type { Request, RequestHandler, Response } from 'express';
import type { Session, Sessions } from '../../handlers/sign-in.ts';
import { sessionSecret } from './session-cookie.ts';

/** The session that `signedIn` found. */
export function sessionOf(res: Response): Session {
  return res.locals.session as Session;
}

/** Whether the board's own module asks, which shows the answer by itself; a browser that navigates wants a page. */
export const fromModule = (req: Request) => req.get('x-requested-with') === 'board';

/** What every page of the board says of itself: no cache keeps it, and its address stays on this site. */
export const privatePage: RequestHandler = (_req, res, next) => {
  // Without a referrer at all, browsers would send `Origin: null` with a form.
  res.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'same-origin' });
  next();
};

/**
 * Lets a signed-in person through who holds the scope; leads everybody else to the sign-in, and from there back.
 *
 * @throws Problem 401 where the board's module asks (it shows the way itself), 403 without the scope
 */
function signedIn(sessions: Sessions, scope: Scope): RequestHandler {
  return async (req, res, next) => {
    const secret = sessionSecret(req);
    const session = secret === undefined ? undefined : await sessions.find(secret);
    if (session) {
      if (!session.scopes.includes(scope))
        throw new Problem('forbidden', { detail: `The key needs the scope ${scope}.` });
      res.locals.session = session;
      res.locals.actor = session.actor;
      next();
    } else if (fromModule(req)) {
      throw new Problem('unauthorized', { detail: 'Sign in again.' });
    } else {
      const next = req.method === 'GET' ? req.originalUrl : '/board';
      res.redirect(303, `/board/sign-in?next=${encodeURIComponent(next)}`);
    }
  };
}

export interface BoardGuards {
  /** For what is looked at. */
  reads: RequestHandler[];
  /** For what a form does; its fields are read by then. */
  writes: RequestHandler[];
  /** The same for the form that erases a person. */
  erases: RequestHandler[];
}

export function createBoardGuards(sessions: Sessions): BoardGuards {
  const form = (scope: Scope) => [
    ...[privatePage, sameOrigin, signedIn(sessions, scope), readBody({ forms: true })],
  ];
  return {
    reads: [privatePage, signedIn(sessions, 'leads:read')],
    writes: form('leads:write'),
    erases: form('leads:erase'),
  };
}
