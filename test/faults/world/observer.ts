import { type ChannelModel, type ConsumeMessage, connect } from 'amqplib';

/** A consumer that has nothing to do with the services: what it sees is what really went out. */
export interface Observer {
  /** How often each event came, by its id. */
  seen: ReadonlyMap<string, number>;
  /** Whether it listens now. */
  up(): boolean;
  stop(): Promise<void>;
}

/** What it listens to; events that rows make up themselves go by other keys. */
const routingKeys = [
  'lead.created',
  'lead.rebooked',
  'lead.status_changed',
  'lead.updated',
  'lead.confirmation_sent',
  'lead.confirmation_failed',
];
export const observedQueue = 'faults:lead:observe';

/**
 * Binds a durable queue of its own to the product's exchange, and reads it for as long as the suite runs, through
 * every loss of the connection.
 */
export async function startObserver(url: string): Promise<Observer> {
  const seen = new Map<string, number>();
  let up = false;
  const take = (message: ConsumeMessage) => {
    const id = String(message.properties.messageId);
    seen.set(id, (seen.get(id) ?? 0) + 1);
  };
  const model = await connect(`${url}?heartbeat=5`, {
    noDelay: true,
    timeout: 3_000,
    recovery: {
      initialDelay: 100,
      maxDelay: 500,
      waitForConnect: true,
      setup: async (fresh: ChannelModel) => {
        fresh.on('error', () => {});
        const channel = await fresh.createChannel();
        channel.on('error', () => {});
        // One way back for whatever ends the channel: another connection.
        channel.on('close', () => void closeQuietly(fresh));
        await channel.assertExchange('meander.leads', 'topic', { durable: true });
        await channel.assertQueue(observedQueue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
        for (const key of routingKeys) await channel.bindQueue(observedQueue, 'meander.leads', key);
        await channel.prefetch(200);
        await channel.consume(observedQueue, (message: ConsumeMessage | null) => {
          if (message === null) return;
          take(message);
          channel.ack(message);
        });
        up = true;
      },
    },
  });
  model.on('error', () => {});
  model.on('disconnect', () => {
    up = false;
  });
  return { seen, up: () => up, stop: () => model.close().catch(() => {}) };
}

/** amqplib throws at once where the connection has ended already. */
async function closeQuietly(connection: ChannelModel): Promise<void> {
  try {
    await connection.close();
  } catch {
    // It had ended, which is what was wanted.
  }
}
