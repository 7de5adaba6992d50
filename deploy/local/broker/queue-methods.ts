import type { Handlers } from './channel.ts';
import { describe, preconditionFailed } from './errors.ts';

type QueueMethod = 'QueueDeclare' | 'QueueBind' | 'QueueUnbind' | 'QueuePurge' | 'QueueDelete';

export const queueMethods: Handlers<QueueMethod> = {
  QueueDeclare: (
    channel,
    { queue: name, passive, nowait, durable, exclusive, autoDelete, arguments: args },
  ) => {
    const { vhost, host } = channel;
    const queue = passive
      ? vhost.queue(name, host)
      : vhost.declareQueue(name, { durable, autoDelete, owner: exclusive ? host : undefined, args });
    channel.lastQueue = queue.name;
    queue.touch();
    if (nowait) return;
    const { messageCount, consumerCount } = queue;
    channel.reply('QueueDeclareOk', { queue: queue.name, messageCount, consumerCount });
  },

  QueueBind: (channel, { queue: name, exchange, routingKey, nowait, arguments: args }) => {
    const source = channel.vhost.exchanges.get(exchange);
    // Both left empty stand for the last declared queue: the key then is its name.
    const key = name === '' && routingKey === '' ? channel.queueName(name) : routingKey;
    source.bind(channel.queue(name), key, args);
    if (!nowait) channel.reply('QueueBindOk', {});
  },

  QueueUnbind: (channel, { queue: name, exchange, routingKey, arguments: args }) => {
    const queueName = channel.queueName(name);
    const key = name === '' && routingKey === '' ? queueName : routingKey;
    const queue = channel.vhost.has(queueName) ? channel.queue(queueName) : undefined;
    channel.vhost.exchanges.unbind(exchange, queue, key, args);
    channel.reply('QueueUnbindOk', {});
  },

  QueuePurge: (channel, { queue: name, nowait }) => {
    const messageCount = channel.queue(name).purge();
    if (!nowait) channel.reply('QueuePurgeOk', { messageCount });
  },

  QueueDelete: (channel, { queue: name, ifUnused, ifEmpty, nowait }) => {
    let messageCount = 0;
    // Deleting what is not there succeeds, as in RabbitMQ.
    if (channel.vhost.has(channel.queueName(name))) {
      const queue = channel.queue(name);
      const subject = describe('queue', queue.name);
      if (ifUnused && queue.consumerCount > 0) throw preconditionFailed(`${subject} in use`);
      if (ifEmpty && queue.messageCount > 0) throw preconditionFailed(`${subject} not empty`);
      messageCount = channel.vhost.deleteQueue(queue);
    }
    if (!nowait) channel.reply('QueueDeleteOk', { messageCount });
  },
};
