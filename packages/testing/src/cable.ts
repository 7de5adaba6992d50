import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP cable between a service and what it needs, which can be pulled and put in again. */
export interface Cable {
  /** The target, reached through the cable. */
  url: string;
  /** Cuts every connection without a word, and refuses new ones. */
  pull(): void;
  plugIn(): void;
  remove(): Promise<void>;
}

export async function layCable(target: string): Promise<Cable> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let pulled = false;
  const server = createServer((client) => {
    if (pulled) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(Number(port), hostname);
    for (const [socket, peer] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true).on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        peer.destroy();
      });
      socket.pipe(peer);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: url.href,
    pull() {
      pulled = true;
      cut();
    },
    plugIn() {
      pulled = false;
    },
    async remove() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
