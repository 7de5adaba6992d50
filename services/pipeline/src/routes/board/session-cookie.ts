import type { IncomingMessage } from 'node:http';
import type { Authentication } from '@meander/auth';
import type { Request, Response } from 'express';
import { pendingSeconds, sessionSeconds } from '../../domain/session.ts';
import type { Sessions } from '../../handlers/sign-in.ts';

const name = 'meander_session';
const shape = /(?:^|;\s*)meander_session=([\w-]{43})(?:;|$)/;

/** The session's secret that the browser has sent, or undefined. */
export function sessionSecret(req: IncomingMessage): string | undefined {
  return shape.exec(req.headers.cookie ?? '')?.[1];
}

/**
 * Out of reach of scripts and of other sites. `Secure` where the browser came by https, also through a proxy
 * that says so: whoever forges that header changes nobody's cookie but their own.
 */
function attributes(req: Request) {
  const secure = req.secure || req.get('x-forwarded-proto') === 'https';
  return { httpOnly: true, sameSite: 'strict', secure, path: '/' } as const;
}

const pendingAttributes = (req: Request) =>
  ({ ...attributes(req), sameSite: 'lax', path: '/board/sign-in' }) as const;

export function setSessionCookie(req: Request, res: Response, secret: string): void {
  res.cookie(name, secret, { ...attributes(req), maxAge: sessionSeconds * 1000 });
}

/** The cookie of a sign-in that is under way: it must come along when the issuer leads back, so it is `Lax`. */
export const pendingCookie = {
  of: (req: Request): string | undefined =>
    /(?:^|;\s*)meander_sign_in=([\w-]+)(?:;|$)/.exec(req.headers.cookie ?? '')?.[1],
  set(req: Request, res: Response, sealed: string): void {
    res.cookie('meander_sign_in', sealed, { ...pendingAttributes(req), maxAge: pendingSeconds * 1000 });
  },
  clear(req: Request, res: Response): void {
    res.clearCookie('meander_sign_in', pendingAttributes(req));
  },
};

export function clearSessionCookie(req: Request, res: Response): void {
  res.clearCookie(name, attributes(req));
}

/**
 * Takes a session where there is no key. For addresses that only read: what a session may change goes through
 * the board's own, which look at where a request comes from.
 */
export function orBySession(authentication: Authentication, sessions: Sessions): Authentication {
  return {
    ...authentication,
    async authenticate(req) {
      const secret = req.headers.authorization === undefined ? sessionSecret(req) : undefined;
      const session = secret === undefined ? undefined : await sessions.find(secret);
      return session ?? authentication.authenticate(req);
    },
  };
}
