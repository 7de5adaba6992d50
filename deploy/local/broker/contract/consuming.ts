import { expect, test } from 'vitest';
import { consume, drain, fetch, text, until } from './inbox.ts';
import type { Rig } from './rig.ts';

export function consuming(rig: () => Rig): void {
  /** A channel, and a queue on it that holds the texts. */
  const filled = async (...texts: string[]) => {
    const channel = await rig().channel();
    const queue = await rig().queue(channel);
    for (const each of texts) channel.sendToQueue(queue, Buffer.from(each));
    await channel.waitForConfirms();
    return { channel, queue };
  };

  test('no more than the prefetch is out at once, and an ack makes room for the next', async () => {
    const { channel, queue } = await filled('1', '2', '3', '4');
    await channel.prefetch(2);
    const inbox = await consume(channel, queue);
    await inbox.arrived(2);
    expect((await channel.checkQueue(queue)).messageCount).toBe(2);
    expect(inbox.texts).toEqual(['1', '2']);
    channel.ack(await inbox.at(0));
    await inbox.arrived(3);
    expect((await channel.checkQueue(queue)).messageCount).toBe(1);
    expect(inbox.texts).toEqual(['1', '2', '3']);
  });

  test('the prefetch holds for each consumer by itself', async () => {
    const { channel, queue } = await filled('1', '2', '3');
    await channel.prefetch(1);
    const inboxes = [await consume(channel, queue), await consume(channel, queue)];
    await until('one message each', () => inboxes.every((inbox) => inbox.messages.length === 1));
    expect((await channel.checkQueue(queue)).messageCount).toBe(1);
  });

  test('one ack can settle everything up to its message', async () => {
    const { channel, queue } = await filled('1', '2', '3');
    const inbox = await consume(channel, queue);
    await inbox.arrived(3);
    channel.ack(await inbox.at(1), true);
    await channel.close();
    expect(await drain(await rig().channel(), queue)).toEqual(['3']);
  });

  test('consumers of one queue take turns', async () => {
    const channel = await rig().channel();
    const queue = await rig().queue(channel);
    const inboxes = [await consume(channel, queue), await consume(channel, queue)];
    for (const each of ['1', '2', '3', '4']) channel.sendToQueue(queue, Buffer.from(each));
    await until('two messages each', () => inboxes.every((inbox) => inbox.messages.length === 2));
  });

  test('after its cancel-ok a consumer gets nothing more, and may still ack what it has', async () => {
    const { channel, queue } = await filled('1');
    const inbox = await consume(channel, queue);
    const first = await inbox.at(0);
    await channel.cancel(inbox.consumerTag);
    channel.sendToQueue(queue, Buffer.from('2'));
    await channel.waitForConfirms();
    channel.ack(first);
    expect(await drain(channel, queue)).toEqual(['2']);
    expect(inbox.texts).toEqual(['1']);
  });

  test('a consumer is told when its queue is deleted, and its acks do no harm then', async () => {
    const { channel, queue } = await filled('1');
    const inbox = await consume(channel, queue);
    const message = await inbox.at(0);
    await (await rig().channel()).deleteQueue(queue);
    await until('the cancellation', () => inbox.cancelled);
    channel.ack(message);
    const other = await rig().queue(channel);
    expect((await channel.checkQueue(other)).consumerCount).toBe(0);
  });

  test('get takes one message at a time, and says when there is none', async () => {
    const { channel, queue } = await filled('1', '2');
    const first = await fetch(channel, queue);
    expect([text(first), first.fields.messageCount, first.fields.redelivered]).toEqual(['1', 1, false]);
    channel.ack(first);
    expect(text(await fetch(channel, queue, { noAck: true }))).toBe('2');
    expect(await channel.get(queue)).toBe(false);
  });

  test('without acknowledgement a delivery is settled when it is sent', async () => {
    const { channel, queue } = await filled('1', '2');
    await channel.prefetch(1);
    await (await consume(channel, queue, { noAck: true })).arrived(2);
    await channel.close();
    expect(await drain(await rig().channel(), queue)).toEqual([]);
  });

  test('an exclusive consumer keeps others out', async () => {
    const { channel, queue } = await filled();
    await consume(channel, queue, { exclusive: true });
    const other = await rig().channel();
    await expect(consume(other, queue)).rejects.toMatchObject({ code: 403 });
  });

  test('of single active consumers the next takes over when the first leaves', async () => {
    const channel = await rig().channel();
    const queue = await rig().quorumQueue(channel, { 'x-single-active-consumer': true });
    const first = await consume(channel, queue);
    const second = await consume(await rig().channel(), queue);
    channel.sendToQueue(queue, Buffer.from('1'));
    channel.sendToQueue(queue, Buffer.from('2'));
    channel.ack((await first.arrived(2))[1] ?? (await first.at(1)), true);
    await channel.cancel(first.consumerTag);
    channel.sendToQueue(queue, Buffer.from('3'));
    await second.arrived(1);
    expect([first.texts, second.texts]).toEqual([['1', '2'], ['3']]);
  });
}
