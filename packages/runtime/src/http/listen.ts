import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

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

/** Node waits five minutes for a request by default; a slow client gets these, in milliseconds. */
const timeouts = { headers: 10_000, request: 20_000, keepAlive: 5_000, check: 2_000 };

/**
 * Serves the app.
 *
 * @throws PortTakenError
 */
export function listen(
  app: Express,
  { host, port, variable }: { host: string; port: number; variable: string },
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
