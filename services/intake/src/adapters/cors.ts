import cors from 'cors';
import type { RequestHandler } from 'express';

/** Lets the named sites, and no other, post the form from a browser and read the answer; a preflight is kept for an hour. */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  return cors({
    origin: [...origins],
    methods: ['GET', 'POST'],
    allowedHeaders: ['Content-Type', 'Idempotency-Key', 'Accept-Language', 'traceparent', 'tracestate'],
    exposedHeaders: ['Location', 'Retry-After', 'RateLimit', 'RateLimit-Policy'],
    maxAge: 3_600,
  });
}
