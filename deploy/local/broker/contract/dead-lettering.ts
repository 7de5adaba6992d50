import type { ConfirmChannel, GetMessage } from 'amqplib';
import { expect, test } from 'vitest';
import { drain, fetch, text, until } from './inbox.ts';
import type { Rig } from './rig.ts';

export function deadLettering(rig: () => Rig): void {
  /** A dead letter exchange, and the queue that everything sent to it ends in. */
  const morgue = async () => {
    const channel = await rig().channel();
    const deadLetterExchange = await rig().exchange(channel, 'topic');
    const dead = await rig().bound(channel, deadLetterExchange, '#');
    return { channel, deadLetterExchange, dead };
  };
  const latestDeath = ({ properties }: GetMessage) => properties.headers?.['x-death']?.[0];
  const publish = async (channel: ConfirmChannel, queue: string, body: string, options = {}) => {
    channel.sendToQueue(queue, Buffer.from(body), options);
    await channel.waitForConfirms();
  };

  for (const type of ['classic', 'quorum']) {
    test(`a message refused by a consumer of a ${type} queue goes to its dead letter exchange`, async () => {
      const { channel, deadLetterExchange, dead } = await morgue();
      const kept = { messageId: 'm1', contentType: 'application/json', deliveryMode: 2, timestamp: 7 };
      const queue = await rig().queue(channel, { deadLetterExchange, arguments: { 'x-queue-type': type } });
      await publish(channel, queue, 'poison', { headers: { traceparent: 't' }, expiration: 60_000, ...kept });
      channel.nack(await fetch(channel, queue), false, false);
      const message = await fetch(channel, dead);
      expect([
        text(message),
        message.fields.exchange,
        message.fields.routingKey,
        message.fields.redelivered,
      ]).toEqual(['poison', deadLetterExchange, queue, false]);
      expect(message.properties).toMatchObject({ ...kept, expiration: undefined });
      expect(message.properties.headers).toMatchObject({
        traceparent: 't',
        'x-first-death-reason': 'rejected',
        'x-first-death-queue': queue,
        'x-first-death-exchange': '',
      });
      expect(latestDeath(message)).toMatchObject({
        count: 1,
        reason: 'rejected',
        queue,
        exchange: '',
        'routing-keys': [queue],
        'original-expiration': '60000',
      });
    });
  }

  test('the routing key of dead letters can be set', async () => {
    const { channel, deadLetterExchange, dead } = await morgue();
    const queue = await rig().queue(channel, { deadLetterExchange, deadLetterRoutingKey: 'dead.lead' });
    await publish(channel, queue, 'poison');
    channel.reject(await fetch(channel, queue), false);
    expect((await fetch(channel, dead)).fields.routingKey).toBe('dead.lead');
  });

  test('a message that dies of the same cause in the same queue again is counted up', async () => {
    const { channel, deadLetterExchange, dead } = await morgue();
    const queue = await rig().queue(channel, { deadLetterExchange });
    await channel.bindQueue(queue, deadLetterExchange, 'retry');
    await channel.unbindQueue(dead, deadLetterExchange, '#');
    channel.publish(deadLetterExchange, 'retry', Buffer.from('poison'));
    for (const count of [undefined, 1, 2]) {
      const message = await fetch(channel, queue);
      expect(latestDeath(message)?.count).toBe(count);
      channel.nack(message, false, false);
    }
  });

  test('a message expires by its own or by its queue’s lifetime, whichever is shorter', async () => {
    const { channel, deadLetterExchange, dead } = await morgue();
    const [short, long] = [
      await rig().queue(channel, { deadLetterExchange, messageTtl: 20 }),
      await rig().queue(channel, { deadLetterExchange, messageTtl: 60_000 }),
    ];
    await publish(channel, short, 'by queue', { expiration: 60_000 });
    expect(latestDeath(await fetch(channel, dead))).toMatchObject({ reason: 'expired', queue: short });
    await publish(channel, long, 'by itself', { expiration: 20 });
    expect(latestDeath(await fetch(channel, dead))).toMatchObject({ reason: 'expired', queue: long });
  });

  test('what a full queue drops goes to the dead letter exchange', async () => {
    const { channel, deadLetterExchange, dead } = await morgue();
    const queue = await rig().queue(channel, { deadLetterExchange, maxLength: 1 });
    await publish(channel, queue, 'old');
    await publish(channel, queue, 'new');
    expect(latestDeath(await fetch(channel, dead))).toMatchObject({ reason: 'maxlen', queue });
    expect(await drain(channel, queue)).toEqual(['new']);
  });

  test('a quorum queue counts deliveries that came back, and gives a message up past its limit', async () => {
    const { channel, deadLetterExchange, dead } = await morgue();
    const queue = await rig().quorumQueue(channel, {
      'x-dead-letter-exchange': deadLetterExchange,
      'x-delivery-limit': 2,
    });
    await publish(channel, queue, 'poison');
    for (const count of [0, 1, 2]) {
      const message = await fetch(channel, queue);
      expect(message.properties.headers?.['x-delivery-count'] ?? 0).toBe(count);
      // Not nack: RabbitMQ 4.3 no longer counts that.
      channel.reject(message, true);
    }
    expect(latestDeath(await fetch(channel, dead))).toMatchObject({ reason: 'delivery_limit', queue });
  });

  test('without a dead letter exchange an expired message is gone', async () => {
    const channel = await rig().channel();
    const queue = await rig().queue(channel, { messageTtl: 20 });
    await publish(channel, queue, 'fleeting');
    await until('it is gone', async () => (await channel.checkQueue(queue)).messageCount === 0);
  });
}
