/**
 * Where this broker is stricter than RabbitMQ 3, because RabbitMQ 4 is, or because it lacks something and
 * must not hide that.
 */
import type { ConfirmChannel } from 'amqplib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetch, until } from './contract/inbox.ts';
import { Rig } from './contract/rig.ts';
import { type Broker, startBroker } from './index.ts';

let broker: Broker;
let rig: Rig;
beforeAll(async () => {
  broker = await startBroker({ port: 0 });
  rig = new Rig(broker.url);
});
afterAll(async () => {
  await rig.cleanUp();
  await broker.close();
});

const queueWith = (args: object) => (channel: ConfirmChannel) =>
  channel.assertQueue('refused', { durable: true, arguments: args });

test.each([
  {
    what: 'a queue that is neither durable nor exclusive',
    code: 541,
    text: /INTERNAL_ERROR - Feature `transient_nonexcl_queues` is deprecated\.\nBy default, this feature is not permitted/,
    attempt: async (channel: ConfirmChannel) => channel.assertQueue('transient', { durable: false }),
  },
  {
    what: 'a prefetch for the whole channel',
    code: 540,
    text: /NOT_IMPLEMENTED - global=true/,
    attempt: async (channel: ConfirmChannel) => channel.prefetch(1, true),
  },
  { what: 'a stream', code: 540, text: /'stream'/, attempt: queueWith({ 'x-queue-type': 'stream' }) },
  { what: 'priorities', code: 540, text: /'x-max-priority'/, attempt: queueWith({ 'x-max-priority': 5 }) },
  { what: 'a length in bytes', code: 540, text: /bytes'/, attempt: queueWith({ 'x-max-length-bytes': 9 }) },
  {
    what: 'an alternate exchange',
    code: 540,
    text: /alternate-exchange/,
    attempt: async (channel: ConfirmChannel) =>
      channel.assertExchange('refused', 'topic', { alternateExchange: 'other' }),
  },
])('$what is refused with $code', async ({ code, text, attempt }) => {
  const connection = await rig.connect();
  const channel = await rig.channel(connection);
  let error: Error | undefined;
  connection.on('error', (caught) => {
    error = caught;
  });
  await attempt(channel).catch(() => {});
  expect(await until('an error', () => error)).toMatchObject({ code, message: expect.stringMatching(text) });
});

test('a transient queue may be exclusive', async () => {
  const channel = await rig.channel();
  await channel.assertQueue('mine', { durable: false, exclusive: true });
});

test('a quorum queue gives a message up after 20 returns unless told otherwise', async () => {
  const channel = await rig.channel();
  const byDefault = await rig.quorumQueue(channel);
  const unlimited = await rig.quorumQueue(channel, { 'x-delivery-limit': -1 });
  for (const queue of [byDefault, unlimited]) {
    channel.sendToQueue(queue, Buffer.from('poison'));
    for (let returned = 0; returned <= 20; returned += 1) {
      channel.nack(await fetch(channel, queue), false, true);
    }
  }
  expect((await channel.checkQueue(byDefault)).messageCount).toBe(0);
  expect((await channel.checkQueue(unlimited)).messageCount).toBe(1);
});

test('dead letters carry their last death beside their first', async () => {
  const channel = await rig.channel();
  const dead = await rig.queue(channel);
  const queue = await rig.queue(channel, { deadLetterExchange: '', deadLetterRoutingKey: dead });
  channel.sendToQueue(queue, Buffer.from('poison'));
  channel.nack(await fetch(channel, queue), false, false);
  expect((await fetch(channel, dead)).properties.headers).toMatchObject({
    'x-last-death-reason': 'rejected',
    'x-last-death-queue': queue,
    'x-last-death-exchange': '',
  });
});
