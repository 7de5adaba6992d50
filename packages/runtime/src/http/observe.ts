import { attributes, restoreTraceContext, SpanKind, withSpan } from '@meander/telemetry';
import type { RequestHandler } from 'express';
import type { Logger } from '../logger.ts';

const quiet = new Set(['/healthz', '/readyz']);

/**
 * One server span and one access line a request. Both name the route by its template: a path may hold a
 * confirmation token, a query a name. Client addresses are left out for the same reason.
 */
export function observeRequests(logger: Logger): RequestHandler {
  return (req, res, next) => {
    if (quiet.has(req.path)) {
      next();
      return;
    }
    const began = performance.now();
    const parent = restoreTraceContext(req.headers);
    const method = /^[A-Z]{3,7}$/.test(req.method) ? req.method : '_OTHER';
    void withSpan(
      method,
      {
        kind: SpanKind.SERVER,
        parent,
        attributes: { 'http.request.method': method, 'url.scheme': req.protocol },
      },
      (span) =>
        new Promise<void>((resolve) => {
          res.once('close', () => {
            const route = (res.locals.route as string | undefined) ?? 'unmatched';
            span.updateName(`${method} ${route}`);
            span.setAttribute('http.route', route);
            span.setAttribute('http.response.status_code', res.statusCode);
            if (res.locals.problem) span.setAttribute(attributes.problem, res.locals.problem);
            if (res.statusCode >= 500) span.setAttribute('error.type', String(res.statusCode));
            logger.info(
              {
                method,
                route,
                status: res.statusCode,
                problem: res.locals.problem,
                aborted: res.writableFinished ? undefined : true,
                duration_ms: Math.round((performance.now() - began) * 10) / 10,
              },
              'request',
            );
            resolve();
          });
          next();
        }),
    );
  };
}
