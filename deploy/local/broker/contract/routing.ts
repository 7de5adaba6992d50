import type { ConfirmChannel } from 'amqplib';
import { expect, test } from 'vitest';
import { drain } from './inbox.ts';
import type { Rig } from './rig.ts';

/** Publishes one message for each key, its text being the key, and waits until all are confirmed. */
async function publishKeys(channel: ConfirmChannel, exchange: string, ...keys: string[]): Promise<void> {
  for (const key of keys) channel.publish(exchange, key, Buffer.from(key));
  await channel.waitForConfirms();
}

export function routing(rig: () => Rig): void {
  test('a topic exchange matches * to one word and # to any number', async () => {
    const channel = await rig().channel();
    const exchange = await rig().exchange(channel, 'topic');
    const bound = async (pattern: string) => rig().bound(channel, exchange, pattern);
    const queues = {
      '#': await bound('#'),
      'lead.*': await bound('lead.*'),
      'lead.#': await bound('lead.#'),
      '*.moved.#': await bound('*.moved.#'),
      'lead.#.won': await bound('lead.#.won'),
    };
    const keys = ['lead', 'lead.moved', 'lead.moved.won', 'mail.moved', 'lead.won'];
    await publishKeys(channel, exchange, ...keys);

    expect(await drain(channel, queues['#'])).toEqual(keys);
    expect(await drain(channel, queues['lead.*'])).toEqual(['lead.moved', 'lead.won']);
    expect(await drain(channel, queues['lead.#'])).toEqual([
      'lead',
      'lead.moved',
      'lead.moved.won',
      'lead.won',
    ]);
    expect(await drain(channel, queues['*.moved.#'])).toEqual(['lead.moved', 'lead.moved.won', 'mail.moved']);
    expect(await drain(channel, queues['lead.#.won'])).toEqual(['lead.moved.won', 'lead.won']);
  });

  test('a queue that two bindings match gets the message once', async () => {
    const channel = await rig().channel();
    const exchange = await rig().exchange(channel, 'topic');
    const queue = await rig().bound(channel, exchange, '#', 'lead.*');
    await publishKeys(channel, exchange, 'lead.submitted');
    expect(await drain(channel, queue)).toEqual(['lead.submitted']);
  });

  test('a direct exchange compares keys, a fanout exchange ignores them', async () => {
    const channel = await rig().channel();
    const direct = await rig().exchange(channel, 'direct');
    const fanout = await rig().exchange(channel, 'fanout');
    const queue = await rig().bound(channel, direct, 'a');
    await channel.bindQueue(queue, fanout, 'whatever');
    await publishKeys(channel, direct, 'a', 'a.b', 'b');
    await publishKeys(channel, fanout, 'c');
    expect(await drain(channel, queue)).toEqual(['a', 'c']);
  });

  test('a headers exchange matches all of the headers, or any', async () => {
    const channel = await rig().channel();
    const exchange = await rig().exchange(channel, 'headers');
    const [all, any] = [await rig().queue(channel), await rig().queue(channel)];
    await channel.bindQueue(all, exchange, '', { 'x-match': 'all', source: 'form', market: 7 });
    await channel.bindQueue(any, exchange, '', { 'x-match': 'any', source: 'form', market: 7 });
    for (const headers of [{ source: 'form', market: 7 }, { source: 'form' }, { market: 8 }]) {
      channel.publish(exchange, '', Buffer.from(JSON.stringify(headers)), { headers });
    }
    await channel.waitForConfirms();
    expect(await drain(channel, all)).toEqual(['{"source":"form","market":7}']);
    expect(await drain(channel, any)).toEqual(['{"source":"form","market":7}', '{"source":"form"}']);
  });

  test('the default exchange routes to the queue of that name', async () => {
    const channel = await rig().channel();
    const queue = await rig().queue(channel);
    channel.sendToQueue(queue, Buffer.from('straight'));
    await channel.waitForConfirms();
    expect(await drain(channel, queue)).toEqual(['straight']);
  });

  test('an exchange bound to another passes on, even in a circle', async () => {
    const channel = await rig().channel();
    const [first, second] = [await rig().exchange(channel, 'topic'), await rig().exchange(channel, 'topic')];
    await channel.bindExchange(second, first, 'lead.#');
    await channel.bindExchange(first, second, '#');
    const queue = await rig().bound(channel, second, '#');
    await publishKeys(channel, first, 'lead.moved', 'mail.sent');
    expect(await drain(channel, queue)).toEqual(['lead.moved']);
  });

  test('nothing is routed by a binding that was removed', async () => {
    const channel = await rig().channel();
    const exchange = await rig().exchange(channel, 'topic');
    // Bound twice is bound once.
    const queue = await rig().bound(channel, exchange, 'a', 'a', 'b');
    await channel.unbindQueue(queue, exchange, 'a');
    await publishKeys(channel, exchange, 'a', 'b');
    expect(await drain(channel, queue)).toEqual(['b']);
  });
}
