import { type Authentication, type Caller, type OidcSignIn, SignInError } from '@meander/auth';
import { localeOfTag } from '@meander/lead';
import { type Logger, Problem, type Routes } from '@meander/runtime';
import type { Request, RequestHandler, Response } from 'express';
import { boardPath, pendingSeconds } from '../../domain/session.ts';
import type { PendingSignIns, Sessions } from '../../handlers/sign-in.ts';
import { enteredPage } from '../../pages/entered-page.ts';
import { type OrganisationFault, signInPage } from '../../pages/sign-in-page.ts';
import { pendingCookie, setSessionCookie } from './session-cookie.ts';
import { boardLocale, organisationPath } from './sign-in-routes.ts';
import { privatePage } from './signed-in.ts';

export interface OrganisationNeeds {
  authentication: Authentication;
  sessions: Sessions;
  logger: Logger;
  /** Undefined where no client of an issuer is configured. */
  organisation: OidcSignIn | undefined;
  pendingSignIns: PendingSignIns;
}

type Needs = OrganisationNeeds & { organisation: OidcSignIn };

const statusOf: Readonly<Record<OrganisationFault, number>> = {
  denied: 403,
  forbidden: 403,
  mismatch: 400,
  away: 503,
};

/** The sign-in page with what went wrong, in words that help; the log has the code. */
function refuse(req: Request, res: Response, fault: OrganisationFault, next = '/board'): void {
  res
    .status(statusOf[fault])
    .type('html')
    .send(signInPage({ locale: boardLocale(req), next, organisation: organisationPath, fault }));
}

function begin({ organisation, pendingSignIns, logger }: Needs): RequestHandler {
  return async (req, res) => {
    const next = boardPath(req.query.next);
    const locale = localeOfTag(req.query.lang) ?? boardLocale(req);
    try {
      const { url, pending } = await organisation.begin();
      const until = Date.now() + pendingSeconds * 1000;
      pendingCookie.set(req, res, await pendingSignIns.seal({ ...pending, next, locale, until }));
      res.redirect(303, url.href);
    } catch (error) {
      if (!(error instanceof SignInError)) throw error;
      logger.warn({ err: error }, 'nobody can be sent to the issuer to sign in');
      refuse(req, res, error.fault, next);
    }
  };
}

/** The person whom the token names, where it lets them see leads. @throws SignInError, Problem as `Authentication` says */
async function whoIs(token: string, { authentication }: Needs, req: Request): Promise<Caller | undefined> {
  try {
    const caller = await authentication.authenticateBy(token, req);
    return caller.actor.id.startsWith('user:') && caller.scopes.includes('leads:read') ? caller : undefined;
  } catch (error) {
    if (error instanceof Problem && error.code === 'unavailable')
      throw new SignInError('away', error.code, error);
    // The issuer's own token that is none for this API: a matter of its settings, not of a guess.
    if (error instanceof Problem && error.code === 'unauthorized') return undefined;
    throw error;
  }
}

function complete(needs: Needs): RequestHandler {
  return async (req, res) => {
    const begun = await needs.pendingSignIns.open(pendingCookie.of(req) ?? '', Date.now());
    pendingCookie.clear(req, res);
    try {
      if (!begun) throw new SignInError('mismatch', 'not begun in this browser, or too long ago');
      const search = new URL(req.originalUrl, 'http://board').search;
      const caller = await whoIs(await needs.organisation.complete(search, begun), needs, req);
      if (!caller) {
        needs.logger.warn(
          'a person may not see leads: the access token is not for this API, or lacks leads:read',
        );
        refuse(req, res, 'forbidden', begun.next);
        return;
      }
      setSessionCookie(req, res, await needs.sessions.openFor(caller, begun.locale));
      needs.logger.info({ actor: caller.actor.id }, 'signed in by the issuer');
      res.type('html').send(enteredPage(begun.locale, begun.next));
    } catch (error) {
      if (!(error instanceof SignInError)) throw error;
      needs.logger.warn({ err: error }, 'sign-in by the issuer failed');
      refuse(req, res, error.fault, begun?.next);
    }
  };
}

/** Sign-in to the board by the organisation's own issuer: the way there and back. None where none is configured. */
export function organisationRoutes(given: OrganisationNeeds): Routes {
  const { organisation } = given;
  if (!organisation) return {};
  const needs = { ...given, organisation };
  return {
    // A link, not a form: the page's policy lets no form lead to another site.
    [organisationPath]: { get: [privatePage, begin(needs)] },
    '/board/sign-in/callback': { get: [privatePage, complete(needs)] },
  };
}
