import type { Authentication } from '@meander/auth';
import { type Locale, localeOfTag, parseLocale } from '@meander/lead';
import { Problem, type Routes, readBody } from '@meander/runtime';
import { sameOrigin } from '@meander/web';
import type { Request, RequestHandler } from 'express';
import { boardPath } from '../../domain/session.ts';
import type { Sessions } from '../../handlers/sign-in.ts';
import { type SignInState, signInPage } from '../../pages/sign-in-page.ts';
import { requestLocale } from '../answers.ts';
import { clearSessionCookie, sessionSecret, setSessionCookie } from './session-cookie.ts';
import { privatePage } from './signed-in.ts';

export interface SignInNeeds {
  authentication: Authentication;
  sessions: Sessions;
  /** Left out where the organisation has no sign-in of its own. */
  organisation?: object | undefined;
}

/** Leads to the organisation's own sign-in. */
export const organisationPath = '/board/sign-in/organisation';
const organisationOf = ({ organisation }: SignInNeeds) => (organisation ? organisationPath : null);

type Fields = Record<string, unknown>;

const localeOf = (req: Request, asked: unknown): Locale => localeOfTag(asked) ?? boardLocale(req);

/** The language before anybody is signed in: the browser's, Norwegian where it does not mind. */
export const boardLocale = (req: Request): Locale =>
  req.acceptsLanguages(['nb', 'no', 'nn', 'en']) === 'en' ? requestLocale(req) : 'nb';

/** The key's id where the key is good and one that opens the board, else what to say. */
async function check(authentication: Authentication, key: string, req: Request) {
  try {
    const { actor, scopes } = await authentication.authenticateBy(key, req);
    const [, keyId] = /^key:(.+)$/.exec(actor.id) ?? [];
    return keyId && scopes.includes('leads:read') ? { keyId } : { fault: 'refused' as const, status: 403 };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === 'unauthorized') return { fault: 'refused' as const, status: 401 };
    if (error.code !== 'rate-limited') throw error;
    const retryMinutes = Math.ceil(Number(error.headers['Retry-After'] ?? 60) / 60);
    return { fault: { retryMinutes }, status: 429 };
  }
}

function signIn(needs: SignInNeeds): RequestHandler {
  const { authentication, sessions } = needs;
  return async (req, res) => {
    const { key, lang, next } = req.body as Fields;
    const state: SignInState = {
      ...{ locale: localeOf(req, lang), next: boardPath(next), organisation: organisationOf(needs) },
    };
    const checked = await check(authentication, typeof key === 'string' ? key.trim() : '', req);
    if ('keyId' in checked) {
      setSessionCookie(req, res, await sessions.open(checked.keyId, state.locale));
      res.redirect(303, state.next);
    } else {
      res
        .status(checked.status)
        .type('html')
        .send(signInPage({ ...state, fault: checked.fault }));
    }
  };
}

function signOut({ sessions }: SignInNeeds): RequestHandler {
  return async (req, res) => {
    const secret = sessionSecret(req);
    if (secret !== undefined) await sessions.end(secret);
    clearSessionCookie(req, res);
    res.redirect(303, '/board/sign-in');
  };
}

function setLanguage({ sessions }: SignInNeeds): RequestHandler {
  return async (req, res) => {
    const { lang, back } = req.body as Fields;
    const secret = sessionSecret(req);
    const locale = parseLocale(lang);
    if (secret !== undefined && locale) await sessions.setLocale(secret, locale);
    res.redirect(303, boardPath(back));
  };
}

/** The way in and out of the board. */
export function signInRoutes(needs: SignInNeeds): Routes {
  const posts = [privatePage, sameOrigin, readBody({ forms: true })];
  return {
    '/board/sign-in': {
      get: [
        privatePage,
        (req, res) => {
          const locale = localeOf(req, req.query.lang);
          res
            .type('html')
            .send(
              signInPage({ locale, next: boardPath(req.query.next), organisation: organisationOf(needs) }),
            );
        },
      ],
      post: [...posts, signIn(needs)],
    },
    '/board/sign-out': { post: [...posts, signOut(needs)] },
    '/board/language': { post: [...posts, setLanguage(needs)] },
  };
}
