import { withDeadline } from '@meander/runtime';
import type { ChannelModel } from 'amqplib';
import { type BrokerAccess, connectOnce } from './connection.ts';
import { createNames, exchanges, queues } from './topology.ts';

/** What a look at the broker found. */
export interface BrokerState {
  /** Such as `RabbitMQ 4.2.1`. */
  product: string;
  /** Exchanges and queues that are not there yet. */
  missing: string[];
  /** Of each queue that is there: what waits in it, and how many consume it. */
  queues: { name: string; messages: number; consumers: number }[];
  /** False under an alarm: the broker takes no messages. Undefined where this user may not try. */
  takesMessages: boolean | undefined;
}

const deadline = 5_000;

/** Runs `work` on a channel of its own: asking for what is not there ends a channel. */
async function onChannel<T>(
  model: ChannelModel,
  work: (channel: Channel) => Promise<T>,
): Promise<T | undefined> {
  const channel = await model.createChannel();
  channel.on('error', () => {});
  try {
    return await work(channel);
  } catch (error) {
    if ((error as { code?: unknown }).code === 404) return undefined;
    throw error;
  } finally {
    await channel.close().catch(() => {});
  }
}
type Channel = Awaited<ReturnType<ChannelModel['createChannel']>>;

/**
 * A message to a queue that nobody has is dropped and yet confirmed; under an alarm of memory or disk it is not
 * confirmed. That is how a client without the management API can see an alarm.
 */
async function takesMessages(model: ChannelModel): Promise<boolean | undefined> {
  const channel = await model.createConfirmChannel();
  let refused = false;
  channel.on('error', () => {
    refused = true;
  });
  channel.publish('', 'meander-doctor-looks-for-alarms', Buffer.alloc(0));
  const confirmed = await withDeadline(channel.waitForConfirms(), 2_000).then(
    () => true,
    () => false,
  );
  if (confirmed) await channel.close().catch(() => {});
  return refused ? undefined : confirmed;
}

/**
 * Looks at the broker and declares nothing.
 *
 * @throws amqplib's error where there is no way in
 */
export async function inspectBroker(broker: BrokerAccess, prefix: string): Promise<BrokerState> {
  const model = await connectOnce(broker, 'doctor');
  const names = createNames(prefix);
  try {
    const missing: string[] = [];
    const found: BrokerState['queues'] = [];
    const look = async () => {
      for (const name of Object.values(exchanges)) {
        const there = await onChannel(model, async (channel) => channel.checkExchange(names(name)));
        if (!there) missing.push(`exchange ${names(name)}`);
      }
      for (const { name } of Object.values(queues)) {
        const there = await onChannel(model, async (channel) => channel.checkQueue(names(name)));
        if (there) found.push({ name, messages: there.messageCount, consumers: there.consumerCount });
        else missing.push(`queue ${names(name)}`);
      }
    };
    await withDeadline(look(), deadline);
    const { product = 'an AMQP broker', version = '' } = model.connection.serverProperties as {
      product?: string;
      version?: string;
    };
    return {
      product: `${product} ${version}`.trim(),
      missing,
      queues: found,
      takesMessages: await takesMessages(model),
    };
  } finally {
    await withDeadline(model.close(), 1_000).catch(() => {});
  }
}
