import { withDeadline } from '@meander/runtime';
import { observe } from '@meander/telemetry';
import type { Channel } from 'amqplib';
import type { BrokerConnection } from './connection.ts';
import { type Names, queues } from './topology.ts';

const deadline = 1_000;

/**
 * What the broker says of our durable queues: how much is ready in each, and how many consume it. It is asked on
 * a channel of its own, since asking for a queue that is not there ends the channel. Absent while the broker
 * does not answer.
 */
export function observeQueues(connection: BrokerConnection, names: Names): void {
  let open: Promise<Channel> | undefined;

  const openChannel = async () => {
    const channel = await connection.model.createChannel();
    channel.on('error', () => {});
    channel.on('close', () => {
      open = undefined;
    });
    return channel;
  };

  observe(['queueMessages', 'queueConsumers'], async () => {
    // An error is asked again at once; an empty answer would stand for a while.
    if (connection.state() === 'down') throw new Error('broker is down');
    open ??= openChannel();
    try {
      const channel = await withDeadline(open, deadline);
      const states = await withDeadline(
        Promise.all(Object.values(queues).map(({ name }) => channel.checkQueue(names(name)))),
        deadline,
      );
      const readings = (what: 'messageCount' | 'consumerCount') =>
        Object.values(queues).map(({ name }, at) => ({
          value: states[at]?.[what] ?? 0,
          labels: { queue: name },
        }));
      return { queueMessages: readings('messageCount'), queueConsumers: readings('consumerCount') };
    } catch (error) {
      open = undefined;
      throw error;
    }
  });
}
