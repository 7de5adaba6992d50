import { expect, test } from 'vitest';
import { consume, drain, fetch, text, until } from './inbox.ts';
import type { Rig } from './rig.ts';
import { startRelay } from './severable-relay.ts';

/** What happens to a message that its consumer could not, or did not, settle. */
export function returning(rig: () => Rig): void {
  const fill = async (queue: string, ...texts: string[]) => {
    const channel = await rig().channel();
    for (const each of texts) channel.sendToQueue(queue, Buffer.from(each));
    await channel.waitForConfirms();
  };

  test('a nacked message comes back marked as redelivered', async () => {
    const channel = await rig().channel();
    const queue = await rig().quorumQueue(channel);
    await fill(queue, 'again');
    const inbox = await consume(channel, queue);
    const first = await inbox.at(0);
    expect(first.fields.redelivered).toBe(false);
    channel.nack(first, false, true);
    const second = await inbox.at(1);
    expect([text(second), second.fields.redelivered]).toEqual(['again', true]);
    expect(second.fields.deliveryTag).toBeGreaterThan(first.fields.deliveryTag);
  });

  test('messages that come back take their old place in a classic queue', async () => {
    const channel = await rig().channel();
    const queue = await rig().queue(channel);
    await fill(queue, '1', '2', '3', '4');
    const taken = [await fetch(channel, queue), await fetch(channel, queue), await fetch(channel, queue)];
    for (const index of [2, 0, 1]) channel.nack(taken[index] ?? expect.fail(), false, true);
    expect(await drain(channel, queue)).toEqual(['1', '2', '3', '4']);
  });

  test('a message refused for good is gone', async () => {
    const channel = await rig().channel();
    const queue = await rig().quorumQueue(channel);
    await fill(queue, '1', '2', '3', '4');
    const inbox = await consume(channel, queue);
    await inbox.arrived(4);
    channel.nack(await inbox.at(1), true, false);
    channel.reject(await inbox.at(2), false);
    await channel.close();
    const again = await rig().channel();
    expect(text(await fetch(again, queue, { noAck: true }))).toBe('4');
    expect(await again.get(queue)).toBe(false);
  });

  test('recover brings back everything the channel holds', async () => {
    const channel = await rig().channel();
    const queue = await rig().queue(channel);
    await fill(queue, '1', '2');
    await fetch(channel, queue);
    await fetch(channel, queue);
    await channel.recover();
    const again = await fetch(channel, queue);
    expect([text(again), again.fields.redelivered]).toEqual(['1', true]);
  });

  test('what a channel holds goes back when it closes', async () => {
    const channel = await rig().channel();
    const queue = await rig().quorumQueue(channel);
    await fill(queue, '1', '2');
    await (await consume(channel, queue)).arrived(2);
    await channel.close();
    const inbox = await consume(await rig().channel(), queue);
    await inbox.arrived(2);
    expect(inbox.texts).toEqual(['1', '2']);
    expect(inbox.messages.map(({ fields }) => fields.redelivered)).toEqual([true, true]);
  });

  test('what a connection holds goes back when it is lost', async () => {
    const relay = await startRelay(rig().url);
    const lost = await rig().connect(relay.url);
    const channel = await rig().channel(lost);
    const queue = await rig().quorumQueue(channel);
    await fill(queue, '1');
    await (await consume(channel, queue)).arrived(1);
    let closed = false;
    lost.on('close', () => {
      closed = true;
    });
    await relay.sever();
    await until('the client has noticed', () => closed);
    const survivor = await consume(await rig().channel(), queue);
    const message = await survivor.at(0);
    expect([text(message), message.fields.redelivered]).toEqual(['1', true]);
    expect(message.properties.headers?.['x-delivery-count']).toBe(1);
  });
}
