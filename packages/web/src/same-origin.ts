import { Problem } from '@meander/runtime';
import type { RequestHandler } from 'express';

/** Whether the header is an origin of the host that was asked. */
function isOwn(origin: string | undefined, host: string | undefined): boolean {
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

/**
 * Lets through what a page of this very site has sent. The browser says so itself (Sec-Fetch-Site); where it
 * does not, as on plain http, its Origin must be ours. This stands beside SameSite=Strict, which takes another
 * host of the same domain for the same site.
 *
 * @throws Problem 403 `cross-site-request`
 */
export const sameOrigin: RequestHandler = (req, _res, next) => {
  const site = req.get('sec-fetch-site');
  const own = site === undefined ? isOwn(req.get('origin'), req.get('host')) : site === 'same-origin';
  if (!own) throw new Problem('cross-site-request', { detail: 'Send this from a page of this service.' });
  next();
};
