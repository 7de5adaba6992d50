import { randomUUID } from 'node:crypto';
import type { Channel, Handlers } from './channel.ts';
import { Consumer } from './consumer.ts';
import { accessRefused, describe, notAllowed, notImplemented } from './errors.ts';
import { byQueue } from './unacked.ts';

type BasicMethod =
  | 'BasicQos'
  | 'BasicConsume'
  | 'BasicCancel'
  | 'BasicCancelOk'
  | 'BasicGet'
  | 'BasicAck'
  | 'BasicNack'
  | 'BasicReject'
  | 'BasicRecover'
  | 'ConfirmSelect';

export const basicMethods: Handlers<BasicMethod> = {
  BasicQos: (channel, { prefetchSize, prefetchCount, global }) => {
    if (prefetchSize !== 0) throw notImplemented(`prefetch_size!=0 (${prefetchSize})`);
    // RabbitMQ denies it by default from 4.3 on, and then takes it for a prefetch of each consumer without a
    // word; quorum queues have always refused to be consumed under it, with this code. Refused here at once,
    // so that nothing of ours asks for it.
    if (global) throw notImplemented('global=true');
    channel.prefetch = prefetchCount;
    channel.reply('BasicQosOk', {});
  },

  BasicConsume: (channel, { queue: name, consumerTag, noAck, exclusive, nowait, arguments: args }) => {
    if (channel.consumers.has(consumerTag)) {
      throw notAllowed(`attempt to reuse consumer tag '${consumerTag}'`);
    }
    if (args['x-priority'] !== undefined) throw notImplemented("consumer argument 'x-priority'");
    const queue = channel.queue(name);
    if (queue.exclusivelyConsumed || (exclusive && queue.consumerCount > 0)) {
      throw accessRefused(`${describe('queue', queue.name)} in exclusive use`);
    }
    const tag = consumerTag || `amq.ctag-${randomUUID()}`;
    const consumer = new Consumer({ tag, noAck, exclusive, prefetch: channel.prefetch }, queue, channel);
    channel.consumers.set(tag, consumer);
    // Before the first delivery, which subscribing may cause.
    if (!nowait) channel.reply('BasicConsumeOk', { consumerTag: tag });
    queue.subscribe(consumer);
  },

  BasicCancel: (channel, { consumerTag, nowait }) => {
    const consumer = channel.consumers.get(consumerTag);
    channel.consumers.delete(consumerTag);
    consumer?.queue.unsubscribe(consumer);
    if (!nowait) channel.reply('BasicCancelOk', { consumerTag });
  },

  BasicCancelOk: () => {},

  BasicGet: (channel, { queue: name, noAck }) => {
    const queue = channel.queue(name);
    const entry = queue.take();
    if (entry === undefined) {
      channel.reply('BasicGetEmpty', {});
      return;
    }
    const deliveryTag = channel.unacked.issue(noAck ? undefined : { entry, queue });
    const { exchange, routingKey } = entry.message;
    const { messageCount } = queue;
    const fields = { deliveryTag, redelivered: entry.redelivered, exchange, routingKey, messageCount };
    channel.host.writer.content(channel.number, 'BasicGetOk', fields, queue.outgoing(entry));
  },

  BasicAck: (channel, { deliveryTag, multiple }) => {
    // Nothing is left to do with the messages; but their consumers have room again.
    for (const queue of byQueue(channel.unacked.settle(deliveryTag, multiple)).keys()) queue.pump();
  },

  BasicNack: (channel, { deliveryTag, multiple, requeue }) => refuse(channel, deliveryTag, multiple, requeue),

  BasicReject: (channel, { deliveryTag, requeue }) => refuse(channel, deliveryTag, false, requeue),

  BasicRecover: (channel, { requeue }) => {
    if (!requeue) throw notImplemented('requeue=false');
    for (const [queue, entries] of byQueue(channel.unacked.drain())) queue.requeue(entries);
    channel.reply('BasicRecoverOk', {});
  },

  ConfirmSelect: (channel, { nowait }) => {
    channel.confirms.select();
    if (!nowait) channel.reply('ConfirmSelectOk', {});
  },
};

function refuse(channel: Channel, deliveryTag: number, multiple: boolean, requeue: boolean): void {
  for (const [queue, entries] of byQueue(channel.unacked.settle(deliveryTag, multiple))) {
    if (requeue) queue.requeue(entries);
    else queue.reject(entries);
  }
}
