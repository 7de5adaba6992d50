import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { listenError } from './listen-error.ts';
import { Problem, type ProblemCode } from './problems.ts';

export interface Listener {
  port: number;
  /** Ends: no new connection, idle ones closed, requests in hand finished, the rest cut after `grace` milliseconds. */
  close(grace?: number): Promise<void>;
}

/** How long a client may take, in milliseconds. */
export interface HttpTimeouts {
  headers: number;
  request: number;
  keepAlive: number;
  /** How often Node looks for those that took too long. */
  check: number;
}

/** Node waits five minutes for a request by default. */
const patience: HttpTimeouts = { headers: 10_000, request: 20_000, keepAlive: 5_000, check: 2_000 };

/** @param unhandled to be called with what went wrong, or with nothing where the address of the request is none */
type Answer = (req: IncomingMessage, res: ServerResponse, unhandled: (error?: unknown) => void) => void;

/**
 * Serves the app.
 *
 * @throws ListenError
 */
export function listen(
  app: Answer,
  {
    host,
    port,
    variable,
    timeouts = patience,
  }: { host: string; port: number; variable: string; timeouts?: HttpTimeouts },
): Promise<Listener> {
  const server = createServer(
    {
      headersTimeout: timeouts.headers,
      requestTimeout: timeouts.request,
      keepAliveTimeout: timeouts.keepAlive,
      connectionsCheckingInterval: timeouts.check,
      maxHeaderSize: 16 * 1024,
      // Node would refuse such a request without a body.
      requireHostHeader: false,
    },
    (req, res) => {
      const unhandled = (error?: unknown) => {
        const { status, headers, body } = error === undefined ? unread : broken;
        if (res.headersSent) res.destroy();
        else res.writeHead(status, headers).end(body);
      };
      if (isReadable(req)) app(req, res, unhandled);
      else unhandled();
    },
  );
  // A client may say that it has sent all it has, and wait for the answer: Node hangs up on it otherwise.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('clientError', answerUnreadable);
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(listenError(error, { host, port, variable }));
    });
    server.listen(port, host, () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close: (grace = 5_000) => close(server, grace),
      });
    });
  });
}

function close(server: Server, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), grace);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Whether it names where it is to go, as RFC 9112 3.2 has it: a path, or a whole address, and a host. */
function isReadable({ url = '', httpVersion, headers }: IncomingMessage): boolean {
  return (/^[/*]/.test(url) || URL.canParse(url)) && (httpVersion !== '1.1' || headers.host !== undefined);
}

/** A problem as it is told where there is no answer of express to write it into. */
function plainAnswer(code: ProblemCode) {
  const problem = new Problem(code);
  const body = JSON.stringify(problem.toBody());
  return {
    status: problem.status,
    headers: {
      'Content-Type': 'application/problem+json; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      Connection: 'close',
    },
    body,
  };
}

const unread = plainAnswer('malformed-request');
const late = plainAnswer('request-timeout');
const broken = plainAnswer('internal');

/** What cannot be read as HTTP, or did not arrive in time, is told so in the form of every other problem. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? late : unread;
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...head, '', body].join('\r\n'));
}
