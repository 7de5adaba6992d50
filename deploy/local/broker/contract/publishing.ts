import { randomBytes } from 'node:crypto';
import type { ConfirmChannel } from 'amqplib';
import { expect, test } from 'vitest';
import { consume, drain, fetch, text, until } from './inbox.ts';
import type { Rig } from './rig.ts';

/** Publishes and tells what the confirm was. */
async function confirmed(channel: ConfirmChannel, queue: string, body: string): Promise<'ack' | 'nack'> {
  return new Promise((resolve) => {
    channel.sendToQueue(queue, Buffer.from(body), {}, (error) => resolve(error === null ? 'ack' : 'nack'));
  });
}

export function publishing(rig: () => Rig): void {
  test('a mandatory message that reaches no queue is returned before it is confirmed', async () => {
    const channel = await rig().channel();
    const exchange = await rig().exchange(channel, 'topic');
    const events: string[] = [];
    channel.on('return', ({ fields, properties, content }) => {
      const { replyCode, replyText, routingKey } = fields as unknown as Record<string, unknown>;
      events.push(`return ${replyCode} ${replyText} ${routingKey} ${properties.messageId} ${content}`);
    });
    const options = { mandatory: true, messageId: 'm1' };
    channel.publish(exchange, 'nobody', Buffer.from('hello'), options, () => events.push('confirm'));
    await channel.waitForConfirms();
    expect(events).toEqual(['return 312 NO_ROUTE nobody m1 hello', 'confirm']);
  });

  test('a mandatory message that is routed, and any other that is not, are confirmed and nothing else', async () => {
    const channel = await rig().channel();
    const exchange = await rig().exchange(channel, 'topic');
    const queue = await rig().bound(channel, exchange, 'known');
    const returned: string[] = [];
    channel.on('return', (message) => returned.push(text(message)));
    channel.publish(exchange, 'known', Buffer.from('routed'), { mandatory: true });
    channel.publish(exchange, 'nobody', Buffer.from('dropped'));
    await channel.waitForConfirms();
    expect(returned).toEqual([]);
    expect(await drain(channel, queue)).toEqual(['routed']);
  });

  test('a full queue that refuses publishers nacks, and the other queues get the message all the same', async () => {
    const channel = await rig().channel();
    const full = await rig().queue(channel, { maxLength: 1, overflow: 'reject-publish' });
    expect(await confirmed(channel, full, 'first')).toBe('ack');
    expect(await confirmed(channel, full, 'second')).toBe('nack');
    const fanout = await rig().exchange(channel, 'fanout');
    const open = await rig().bound(channel, fanout, '');
    await channel.bindQueue(full, fanout, '');
    const third = new Promise((resolve) => channel.publish(fanout, '', Buffer.from('third'), {}, resolve));
    expect(await third).toBeInstanceOf(Error);
    expect(await drain(channel, full)).toEqual(['first']);
    expect(await drain(channel, open)).toEqual(['third']);
  });

  test('a full queue that drops its head confirms and keeps the newest', async () => {
    const channel = await rig().channel();
    const queue = await rig().queue(channel, { maxLength: 2 });
    for (const body of ['1', '2', '3']) expect(await confirmed(channel, queue, body)).toBe('ack');
    expect(await drain(channel, queue)).toEqual(['2', '3']);
  });

  test('2,000 messages in flight are all confirmed, and arrive in order', { timeout: 60_000 }, async () => {
    const channel = await rig().channel();
    const exchange = await rig().exchange(channel, 'topic');
    const queue = await rig().quorumQueue(channel);
    await channel.bindQueue(queue, exchange, '#');
    const consumer = await rig().channel();
    await consumer.prefetch(100);
    const seen: number[] = [];
    await consumer.consume(queue, (message) => {
      if (message === null) return;
      seen.push(Number(text(message)));
      consumer.ack(message);
    });
    const numbers = Array.from({ length: 2000 }, (_, index) => index);
    let acks = 0;
    for (const number of numbers) {
      channel.publish(exchange, `n.${number}`, Buffer.from(String(number)), { persistent: true }, (error) => {
        if (error === null) acks += 1;
      });
    }
    await channel.waitForConfirms();
    expect(acks).toBe(2000);
    await until('all of them', () => seen.length >= 2000);
    expect(seen).toEqual(numbers);
  });

  test('a message of 1 MiB, split over several frames both ways, arrives as it was', async () => {
    const channel = await rig().channel();
    const queue = await rig().quorumQueue(channel);
    const body = randomBytes(1024 * 1024);
    channel.sendToQueue(queue, body);
    channel.sendToQueue(queue, Buffer.alloc(0));
    await channel.waitForConfirms();
    const inbox = await consume(channel, queue);
    expect((await inbox.at(0)).content.equals(body)).toBe(true);
    expect((await inbox.at(1)).content.length).toBe(0);
  });

  test('properties and headers arrive as they were, nested tables and the trace included', async () => {
    const channel = await rig().channel();
    const queue = await rig().quorumQueue(channel);
    const headers = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      attempt: 3,
      big: 2 ** 40,
      ratio: 0.5,
      urgent: true,
      nothing: null,
      list: ['a', 1, { deep: 'b' }],
      table: { inner: { innermost: 'ü' }, bytes: Buffer.from([0, 255]) },
    };
    const properties = {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      correlationId: 'c1',
      replyTo: 'r1',
      messageId: 'm1',
      timestamp: 1_700_000_000,
      type: 'LeadSubmitted.v1',
      appId: 'intake',
      priority: 1,
    };
    channel.sendToQueue(queue, Buffer.from('{}'), { persistent: true, headers, ...properties });
    await channel.waitForConfirms();
    const message = await fetch(channel, queue, { noAck: true });
    expect(message.properties).toMatchObject({ ...properties, deliveryMode: 2 });
    expect(message.properties.headers).toMatchObject(headers);
  });
}
