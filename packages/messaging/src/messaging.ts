import type { CommonConfig, Dependency, Logger, Part } from '@meander/runtime';
import { count, observe, startAtZero } from '@meander/telemetry';
import { type BrokerConnection, openConnection } from './connection.ts';
import { type Consumer, type Handler, type Subscription, startConsumer } from './consumer.ts';
import { startCountingDeadLetters } from './dead-letters.ts';
import { createPublisher } from './publisher.ts';
import { observeQueues } from './queue-gauges.ts';
import { createRelay, type Relay } from './relay.ts';
import { createNames } from './topology.ts';

export interface ConsumerOptions {
  subscription: Subscription;
  /** How many events may be in hand at once. */
  prefetch: number;
  handle: Handler;
}

/** All that a service has to do with messages: it relays its outbox and consumes what it subscribes to. */
export interface Messaging extends Part {
  /** Tells the relay of a commit that appended events. Cheap, and safe before `start`. */
  poke(): void;
  /** Readiness: up while the broker answers and takes messages. */
  dependency(required: boolean): Dependency;
}

const isUp = (connection: BrokerConnection | undefined) => connection?.state() === 'up';

export function createMessaging({
  config,
  service,
  role,
  logger,
  consumers = [],
}: {
  config: Pick<CommonConfig, 'AMQP_URL' | 'AMQP_CA' | 'AMQP_NAME_PREFIX' | 'DATABASE_URL' | 'DATABASE_CA'>;
  service: string;
  role: string;
  logger: Logger;
  consumers?: readonly ConsumerOptions[];
}): Messaging {
  const names = createNames(config.AMQP_NAME_PREFIX);
  const broker = { url: config.AMQP_URL, ca: config.AMQP_CA };
  const started: Consumer[] = [];
  let connection: BrokerConnection | undefined;
  let relay: Relay | undefined;

  /** The state of each connection, and which process relays; what a start has not made yet counts as down. */
  const observeConnections = () =>
    observe(
      ['brokerUp', 'relayActive'],
      async () => ({
        brokerUp: [
          { value: Number(isUp(connection)), labels: { connection: 'publish' } },
          ...(consumers.length > 0
            ? [
                {
                  value: Number(started.every(({ connection: one }) => isUp(one))),
                  labels: { connection: 'consume' },
                },
              ]
            : []),
        ],
        relayActive: [{ value: Number(relay?.isActive() ?? false) }],
      }),
      { freshFor: 0 },
    );

  return {
    async start() {
      connection = await openConnection({ ...broker, name: `${service}-publish`, logger });
      const publisher = createPublisher(connection, names);
      relay = createRelay({
        database: { url: config.DATABASE_URL, ca: config.DATABASE_CA },
        role,
        applicationName: `meander-${service}-relay`,
        publisher,
        logger,
      });
      relay.start();
      observeConnections();
      observeQueues(connection, names);
      startAtZero(count.published);
      startCountingDeadLetters();
      for (const consumer of consumers) {
        started.push(await startConsumer({ broker, name: service, names, publisher, logger, ...consumer }));
      }
    },
    async stop() {
      await Promise.all(started.map((consumer) => consumer.stop()));
      await relay?.stop();
      await connection?.close();
    },
    poke: () => relay?.poke(),
    dependency: (required) => ({
      name: 'broker',
      required,
      check: async () => {
        const all = [connection, ...started.map((consumer) => consumer.connection)];
        if (!all.every(isUp)) throw new Error('broker is not up');
      },
    }),
  };
}
