import { Problem } from '@meander/runtime';
import { type Probe, probeHeader, readProbe } from '@meander/synthetic';
import type { Request, RequestHandler, Response } from 'express';

interface ProbeNeeds {
  signingKey: string;
  now: () => Date;
}

/** The proof that a request is our own, as `recogniseProbe` read it; undefined for a visitor's. */
export function probeOf(res: Response): Probe | undefined {
  return res.locals.probe as Probe | undefined;
}

/**
 * Marks a request that proves to be our own (doctor, canary). One that claims so without a proof is a visitor's to
 * the limit, and is told afterwards by `refuseFalseProbe`.
 */
export function recogniseProbe({ signingKey, now }: ProbeNeeds): RequestHandler {
  return (req, res, next) => {
    res.locals.probe = readProbe(req.get(probeHeader), signingKey, now());
    res.locals.synthetic = res.locals.probe !== undefined;
    next();
  };
}

/** Nothing is booked for a doctor that has another key: its booking would be a visitor's, and sales would see it. */
export const refuseFalseProbe: RequestHandler = (req, res, next) => {
  if (req.get(probeHeader) !== undefined && !probeOf(res)) {
    throw new Problem('unauthorized', {}, { headers: { 'WWW-Authenticate': 'Meander-Probe' } });
  }
  next();
};

/**
 * `GET /probe`: from where a request of our own seems to come, so that the doctor can tell whether TRUSTED_PROXIES
 * is right. There is no such address for anybody else.
 */
export function showArrival(clientAddress: (req: Request) => string | null): RequestHandler {
  return (req, res) => {
    if (!probeOf(res)) throw new Problem('not-found');
    res.set('Cache-Control', 'no-store').json({
      client_address: clientAddress(req),
      peer_address: req.socket.remoteAddress ?? null,
      forwarded_for: [req.headers['x-forwarded-for'] ?? []].flat().join(', ') || null,
    });
  };
}
