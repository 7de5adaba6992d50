import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Logger } from '../logger.ts';
import { errorHandler, type ProblemPage } from './error-handler.ts';
import { type Health, healthRoutes } from './health.ts';
import { observeRequests } from './observe.ts';
import { Problem } from './problems.ts';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'options';

/** The handlers of one address, by method; any other method is answered 405 with `Allow`. */
export type Route = Partial<Record<Method, RequestHandler | RequestHandler[]>>;

/** Routes by their path template, which is also their name in logs, spans and metrics. */
export type Routes = Readonly<Record<string, Route>>;

/** @param formTargets origins besides its own to which a form of ours may lead, redirects included */
function securityHeaders(formTargets: readonly string[]): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'", ...formTargets],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
  });
}

function addRoute(app: Express, path: string, route: Route): void {
  const methods = Object.keys(route).map((method) => method.toUpperCase());
  if (methods.includes('GET')) methods.push('HEAD');
  const named: RequestHandler = (_req, res, next) => {
    res.locals.route = path;
    next();
  };
  const address = app.route(path).all(named);
  for (const [method, handlers] of Object.entries(route)) address[method as Method](handlers);
  address.all((_req, _res) => {
    throw new Problem('method-not-allowed', {}, { headers: { Allow: methods.sort().join(', ') } });
  });
}

/**
 * The express app that every service starts from: security headers, spans and access lines, health, the
 * service's routes, and problem+json for everything else.
 */
export function createApp({
  logger,
  health,
  routes,
  before = [],
  formTargets = [],
  problemPage,
}: {
  logger: Logger;
  health: Health;
  routes: Routes;
  /** Middleware that goes before the routes, such as CORS. */
  before?: RequestHandler[];
  formTargets?: readonly string[];
  /** How problems look to a browser; without it they are JSON for everybody. */
  problemPage?: ProblemPage | undefined;
}): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(observeRequests(logger), securityHeaders(formTargets), ...before);
  for (const [path, route] of Object.entries({ ...healthRoutes(health), ...routes }))
    addRoute(app, path, route);
  app.use(() => {
    throw new Problem('not-found');
  });
  app.use(errorHandler(logger, problemPage));
  return app;
}
