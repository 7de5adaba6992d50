import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Problem } from './problems.ts';

/** A port that something else listens on: one line that says which, and which setting changes it. */
export class PortTakenError extends Error {
  constructor(host: string, port: number, variable: string) {
    super(`Port ${port} on ${host} is already taken. Stop what uses it, or set ${variable} to another port.`);
    this.name = 'PortTakenError';
  }
}

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

/**
 * Serves the app.
 *
 * @throws PortTakenError
 */
export function listen(
  app: RequestListener,
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
    },
    app,
  );
  server.on('clientError', answerUnreadable);
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(host, port, variable) : error);
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

/** What cannot be read as HTTP, or did not arrive in time, is told so in the form of every other problem. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = new Problem(
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request-timeout' : 'malformed-request',
  );
  const body = JSON.stringify(problem.toBody());
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
