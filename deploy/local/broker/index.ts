import { once } from 'node:events';
import { type AddressInfo, createServer, isIPv6 } from 'node:net';
import { Connection } from './connection.ts';
import { VirtualHost } from './virtual-host.ts';

export interface BrokerOptions {
  /** 0 takes any free one. */
  port: number;
  /** Anybody who reaches it is let in, so keep it on loopback, which is the default. */
  host?: string;
  /**
   * Told of errors of the broker's own and of clients that do not speak AMQP. The broker goes on after
   * either.
   */
  onFault?: (fault: Error) => void;
}

export interface Broker {
  port: number;
  /** For amqplib's `connect`. */
  url: string;
  /**
   * Ends every connection, as a RabbitMQ that is stopped does, and every timer. All messages are gone with
   * it.
   */
  close(): Promise<void>;
}

/**
 * A small AMQP 0-9-1 server for `npm start` where no RabbitMQ is at hand. It keeps everything in memory: the
 * outbox and the sweep cover what it forgets. It behaves as RabbitMQ does in what our services use
 * (`broker-contract.ts` is run against both), refuses what it does not have, and is stricter than RabbitMQ 3
 * where RabbitMQ 4 is.
 *
 * Rejects with the system's error (`code: 'EADDRINUSE'`) when it cannot listen.
 */
export async function startBroker({
  port,
  host = '127.0.0.1',
  onFault = () => {},
}: BrokerOptions): Promise<Broker> {
  const vhost = new VirtualHost();
  const connections = new Set<Connection>();
  const server = createServer({ noDelay: true }, (socket) => {
    const hooks = {
      fault: onFault,
      ended: (connection: Connection) => void connections.delete(connection),
    };
    connections.add(new Connection(socket, vhost, hooks));
  });
  server.listen(port, host);
  await once(server, 'listening');
  server.on('error', onFault);

  const { port: taken } = server.address() as AddressInfo;
  let closed: Promise<unknown> | undefined;
  return {
    port: taken,
    url: `amqp://${isIPv6(host) ? `[${host}]` : host}:${taken}`,
    close: async () => {
      if (closed === undefined) {
        closed = once(server, 'close');
        server.close();
        for (const connection of connections) connection.shutdown();
      }
      await closed;
      vhost.close();
    },
  };
}
