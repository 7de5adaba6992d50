import { afterEach, expect, test } from 'vitest';
import { Consumer } from './consumer.ts';
import type { Entry, Message } from './message.ts';
import type { Properties, Table } from './methods.ts';
import type { Queue } from './queue.ts';
import { VirtualHost } from './virtual-host.ts';
import { encodeContentHeader } from './wire.ts';

let vhost = new VirtualHost();
afterEach(() => {
  vhost.close();
  vhost = new VirtualHost();
});

function declare(name: string, args: Table = {}): Queue {
  return vhost.declareQueue(name, { durable: true, autoDelete: false, owner: undefined, args });
}

function message(routingKey: string, properties: Properties = {}): Message {
  const body = Buffer.from('x');
  return { exchange: '', routingKey, properties, header: encodeContentHeader(properties, body.length), body };
}

/** A consumer with room for one message, and what it was given. */
function consumerOf(queue: Queue): { given: Entry[]; consumer: Consumer } {
  const given: Entry[] = [];
  const channel = {
    congested: false,
    deliver: (_: Consumer, entry: Entry) => void given.push(entry),
    consumerCancelled: () => {},
  };
  const settings = { tag: 't', noAck: false, exclusive: false, prefetch: 1 };
  const consumer = new Consumer(settings, queue, channel);
  queue.subscribe(consumer);
  return { given, consumer };
}

test('a lifetime of 0 means at once or never', () => {
  const queue = declare('q', { 'x-message-ttl': 0 });
  vhost.publish(message('q'));
  expect(queue.messageCount).toBe(0);
  const { given } = consumerOf(queue);
  vhost.publish(message('q'));
  vhost.publish(message('q'));
  expect(given.length).toBe(1);
  expect(queue.messageCount).toBe(0);
});

test('a short-lived message behind a long-lived one waits for it', async () => {
  const queue = declare('q');
  vhost.publish(message('q', { expiration: '60000' }));
  vhost.publish(message('q', { expiration: '0' }));
  expect(queue.messageCount).toBe(2);
  queue.take();
  expect(queue.take()).toBeUndefined();
});

test('a dead letter that would go round in a circle by itself is dropped', () => {
  const queue = declare('q', {
    'x-max-length': 1,
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': 'q',
  });
  vhost.publish(message('q'));
  vhost.publish(message('q'));
  expect(queue.messageCount).toBe(1);
  expect(queue.take()?.message.properties.headers).toBeUndefined();
});

test('a dead letter goes round as often as a consumer refuses it', () => {
  const queue = declare('q', { 'x-dead-letter-exchange': '' });
  vhost.publish(message('q'));
  for (let count = 1; count <= 3; count += 1) {
    const entry = queue.take();
    queue.reject(entry === undefined ? [] : [entry]);
    expect(queue.messageCount).toBe(1);
  }
});

test('thousands of queues chained by their dead letter exchanges overflow no stack', () => {
  const length = 1_500;
  for (let index = 0; index < length; index += 1) {
    declare(`q${index}`, {
      'x-max-length': 0,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': `q${index + 1}`,
    });
  }
  const last = declare(`q${length}`);
  vhost.publish(message('q0'));
  expect(last.messageCount).toBe(1);
});

test('of messages that come back the first goes out first, though the last came back first', () => {
  const queue = declare('q');
  for (const messageId of ['1', '2', '3']) vhost.publish(message('q', { headers: { messageId } }));
  const taken = [queue.take(), queue.take(), queue.take()].filter((entry) => entry !== undefined);
  const { given } = consumerOf(queue);
  queue.requeue(taken.toReversed());
  expect(given.map((entry) => entry.message.properties.headers?.messageId)).toEqual(['1']);
});

test('messages that come back to a deleted queue are gone', () => {
  const queue = declare('q', { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' });
  const dead = declare('dead');
  vhost.publish(message('q'));
  const entry = queue.take();
  vhost.deleteQueue(queue);
  queue.requeue(entry === undefined ? [] : [entry]);
  queue.reject(entry === undefined ? [] : [entry]);
  expect([queue.messageCount, dead.messageCount]).toEqual([0, 0]);
});
