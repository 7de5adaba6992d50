import type { Request, Response } from 'express';

/** Whether the page is asked for as a part of another site's (`embed.js` does so, and the form in its frame). */
export function isEmbedded(req: Request): boolean {
  const body = req.body as Record<string, unknown> | undefined;
  return req.query.embed === '1' || body?.embed === '1';
}

/**
 * Lets the named sites, and no other, show this answer in a frame. Every other answer of the service stays
 * unframeable: a page that could be laid under another one could be clicked unseen.
 */
export function allowFraming(res: Response, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const policy = String(res.getHeader('Content-Security-Policy'));
  const ancestors = `frame-ancestors ${origins.join(' ')}`;
  res.set('Content-Security-Policy', policy.replace(/frame-ancestors [^;]*/, ancestors));
  // It knows no list of origins, and where both are sent, some browsers obey the stricter one.
  res.removeHeader('X-Frame-Options');
}
