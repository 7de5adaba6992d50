import type { EventEmitter } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { Server as NetServer } from 'node:net';
import type { SMTPServer } from 'smtp-server';

/** What the two servers have in common, so that they can be opened and closed alike. */
interface Listener {
  /** Where a failure to listen is told. */
  events: EventEmitter;
  socket: NetServer;
  close(done: () => void): void;
}

export interface Listening {
  port: number;
  close(): Promise<void>;
}

export function smtpListener(server: SMTPServer): Listener {
  return { events: server, socket: server.server, close: (done) => server.close(done) };
}

export function httpListener(server: HttpServer): Listener {
  return {
    events: server,
    socket: server,
    close(done) {
      server.close(() => done());
      server.closeAllConnections();
    },
  };
}

/** `setting` is the variable that would choose another port: an error names it. */
export function listen(
  { events, socket, close }: Listener,
  host: string,
  wanted: number,
  setting: string,
): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'the port is taken' : (error.code ?? error.message);
      reject(
        new Error(
          `The mail catcher cannot listen on ${host}:${wanted}: ${reason}. Set ${setting} to another port.`,
          { cause: error },
        ),
      );
    };
    events.once('error', refuse);
    socket.listen({ port: wanted, host }, () => {
      events.off('error', refuse);
      // From here on an error is a client's: it hung up, or spoke nonsense. Not a reason to end.
      events.on('error', () => undefined);
      const address = socket.address();
      const port = typeof address === 'object' && address ? address.port : wanted;
      resolve({ port, close: () => new Promise((done) => close(done)) });
    });
  });
}

/** A server on all addresses is reached at the loopback one. */
export function origin(scheme: string, host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
