import type { Express, RequestHandler } from 'express';
import { withDeadline } from '../deadline.ts';
import type { Logger } from '../logger.ts';
import type { Database } from '../postgres.ts';
import type { Service } from '../run.ts';
import { createApp, type Routes } from './app.ts';
import type { ProblemPage } from './error-handler.ts';
import type { Dependency } from './health.ts';
import { type HttpTimeouts, type Listener, listen } from './listen.ts';
import { PortTakenError } from './listen-error.ts';
import { metricsPage } from './metrics-page.ts';

/**
 * By when all parts must have stopped, from the beginning of a stop, and what each has in any case, in milliseconds. With
 * the telemetry that is sent last it stays below the ten seconds after which a process is killed: whoever waits for a
 * neighbour that is frozen waits for ever, and the end of the process closes its connections all the same.
 */
const stopBudget = { all: 6_500, each: 100 };

/** A part of a service that has a life of its own. */
export interface Part {
  start(): Promise<void>;
  /** Finishes what is in hand, then closes. Called once, after `start`. */
  stop(): Promise<void>;
}

export interface HttpService extends Service {
  /** The port that it listens on; only after `start`. */
  readonly port: number;
  /** The addresses that it answers, by path template, with their methods in lower case. */
  readonly addresses: readonly { path: string; methods: readonly string[] }[];
}

/** The database as readiness sees it. */
export function databaseDependency(db: Database): Dependency {
  return {
    name: 'database',
    required: true,
    check: async () => void (await db.raw('SELECT 1 FROM leads LIMIT 0')),
  };
}

/**
 * A service as they all are: its parts, and an HTTP server in front. It listens at once and is ready when its
 * dependencies are. Stopping: not ready, no new request, requests in hand finished, then the parts in order, and what
 * has not stopped in 6.5 s is left as it is.
 *
 * @param parts in the order in which they stop; the database goes last.
 */
export function createHttpService({
  logger,
  address,
  metrics,
  dependencies,
  routes,
  before = [],
  formTargets = [],
  problemPage,
  closing = () => {},
  parts,
}: {
  logger: Logger;
  address: { host: string; port: number; variable: string; timeouts?: HttpTimeouts };
  /**
   * Where `/metrics` is served: a port of its own on the same host. On its `usual` one it gives way to whoever
   * has that, so that a second copy starts on the same machine.
   */
  metrics: { port: number; variable: string; usual: number };
  dependencies: Dependency[];
  routes: Routes;
  before?: RequestHandler[];
  formTargets?: readonly string[];
  /** How problems look to a browser; without it they are JSON for everybody. */
  problemPage?: ProblemPage | undefined;
  /** Ends the answers that would not end by themselves, such as event streams. */
  closing?: () => void;
  parts: readonly Part[];
}): HttpService {
  let draining = false;
  let listener: Listener | undefined;
  let metricsListener: Listener | undefined;
  const app = createApp({
    logger,
    routes,
    before,
    formTargets,
    problemPage,
    health: { dependencies, draining: () => draining },
  });
  return {
    addresses: addressesOf(app),
    get port() {
      if (!listener) throw new Error('The service is not listening.');
      return listener.port;
    },
    async start() {
      metricsListener = await listenForMetrics(address.host, metrics, logger);
      listener = await listen(app, address);
      for (const part of parts) await part.start();
      logger.info({ port: listener.port, metrics_port: metricsListener.port }, 'listening');
    },
    async stop() {
      const end = performance.now() + stopBudget.all;
      draining = true;
      logger.info({}, 'stopping');
      closing();
      await listener?.close();
      for (const part of parts) await stopPart(part, end - performance.now(), logger);
      // Last, so that the draining can be watched.
      await metricsListener?.close(0);
      logger.info({}, 'stopped');
    },
  };
}

/** Never rejects: the parts behind it have to stop as well. */
async function stopPart(part: Part, milliseconds: number, logger: Logger): Promise<void> {
  try {
    await withDeadline(part.stop(), Math.max(milliseconds, stopBudget.each));
  } catch (err) {
    logger.warn({ err }, 'a part did not stop in time, or failed to: it ends with the process');
  }
}

/** What the running app itself says of its routes. */
function addressesOf(app: Express) {
  return app.router.stack.flatMap(({ route }) => {
    if (!route) return [];
    const methods = new Set(route.stack.map(({ method }) => method).filter((method) => method !== undefined));
    return [{ path: route.path, methods: [...methods] }];
  });
}

/** @throws ListenError; not where only the usual port is taken */
async function listenForMetrics(
  host: string,
  { port, variable, usual }: { port: number; variable: string; usual: number },
  logger: Logger,
): Promise<Listener> {
  try {
    return await listen(metricsPage, { host, port, variable });
  } catch (error) {
    if (!(error instanceof PortTakenError) || port !== usual) throw error;
    logger.warn({ port }, 'usual port of metrics is taken: they are served on any free one');
    return listen(metricsPage, { host, port: 0, variable });
  }
}

/** The pool as a part: it has nothing to start and closes last. */
export function databasePart(db: Database): Part {
  return { start: async () => {}, stop: () => db.destroy() };
}
