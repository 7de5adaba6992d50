import {
  attributes,
  conventions,
  recordDuration,
  restoreTraceContext,
  SpanKind,
  withSpan,
} from '@meander/telemetry';
import type { RequestHandler, Response } from 'express';
import type { Logger } from '../logger.ts';

const quiet = new Set(['/healthz', '/readyz']);

/** When the request came that this answers, by `performance.now()`. */
export const arrivalOf = (res: Response) => res.locals.arrivedAt as number;

/**
 * One server span, one measured duration and one access line a request. All name the route by its template: a path may hold a
 * confirmation token, a query a name. Client addresses are left out for the same reason.
 */
export function observeRequests(logger: Logger): RequestHandler {
  return (req, res, next) => {
    if (quiet.has(req.path)) {
      next();
      return;
    }
    const began = performance.now();
    res.locals.arrivedAt = began;
    // Not `tracestate`: anybody may have written anything there, and it would go into the outbox and to the broker.
    const parent = restoreTraceContext({ traceparent: req.headers.traceparent });
    const method = /^[A-Z]{3,7}$/.test(req.method) ? req.method : '_OTHER';
    const asked = { 'http.request.method': method, 'url.scheme': req.protocol };
    void withSpan(
      method,
      {
        kind: SpanKind.SERVER,
        parent,
        attributes: asked,
      },
      (span) =>
        new Promise<void>((resolve) => {
          res.once('close', () => {
            const route = (res.locals.route as string | undefined) ?? 'unmatched';
            const seconds = (performance.now() - began) / 1000;
            const failed = res.statusCode >= 500 ? { 'error.type': String(res.statusCode) } : {};
            const about = {
              'http.route': route,
              'http.response.status_code': res.statusCode,
              ...failed,
              // Requests of our own must not make the share of failed ones look small.
              ...(res.locals.synthetic ? { [conventions.syntheticType]: 'test' } : {}),
            };
            span.updateName(`${method} ${route}`).setAttributes(about);
            recordDuration('request', seconds, { ...about, ...asked });
            if (res.locals.problem) span.setAttribute(attributes.problem, res.locals.problem);
            logger.info(
              {
                method,
                route,
                status: res.statusCode,
                problem: res.locals.problem,
                aborted: res.writableFinished ? undefined : true,
                duration_ms: Math.round(seconds * 10_000) / 10,
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
