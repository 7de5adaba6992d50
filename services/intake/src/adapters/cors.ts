import cors from 'cors';
import type { Request, RequestHandler } from 'express';

/** Lets the named sites, and no other, post the form from a browser and read the answer; a preflight is kept for an hour. */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  const isForeign = (req: Request) => !origins.includes(req.get('origin') ?? '');
  const allow = cors({
    origin: [...origins],
    methods: ['GET', 'POST'],
    allowedHeaders: ['Content-Type', 'Idempotency-Key', 'Accept-Language', 'traceparent', 'tracestate'],
    exposedHeaders: ['Location', 'Retry-After', 'RateLimit', 'RateLimit-Policy'],
    maxAge: 3_600,
  });
  // Whoever is not named is answered as if there were no such thing: a path is unknown, a method is not taken.
  return (req, res, next) => {
    if (req.method === 'OPTIONS' && isForeign(req)) next();
    else allow(req, res, next);
  };
}
