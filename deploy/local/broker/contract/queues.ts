import { expect, test } from 'vitest';
import { consume, text, until } from './inbox.ts';
import type { Rig } from './rig.ts';

export function queues(rig: () => Rig): void {
  /** Asked by a publication, which leaves the channel open whatever the answer is. */
  const exists = async (queue: string) => {
    const channel = await rig().channel();
    let returned = false;
    channel.on('return', () => {
      returned = true;
    });
    channel.sendToQueue(queue, Buffer.from('anybody?'), { mandatory: true });
    await channel.waitForConfirms();
    return !returned;
  };

  test('declaring a queue or an exchange again in the same way changes nothing', async () => {
    const channel = await rig().channel();
    const exchange = await rig().exchange(channel, 'topic');
    const queue = await rig().quorumQueue(channel);
    channel.sendToQueue(queue, Buffer.from('kept'));
    await channel.waitForConfirms();
    await channel.assertExchange(exchange, 'topic', { durable: true });
    const again = async () =>
      channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await until('the message is counted', async () => (await again()).messageCount === 1);
  });

  test('a passive check counts messages and consumers, and finds exchanges', async () => {
    const channel = await rig().channel();
    await channel.checkExchange(await rig().exchange(channel, 'topic'));
    const queue = await rig().queue(channel);
    channel.sendToQueue(queue, Buffer.from('waiting'));
    await channel.waitForConfirms();
    expect(await channel.checkQueue(queue)).toEqual({ queue, messageCount: 1, consumerCount: 0 });
    await (await consume(channel, queue)).arrived(1);
    expect(await channel.checkQueue(queue)).toEqual({ queue, messageCount: 0, consumerCount: 1 });
  });

  test('a queue named by the server serves its connection alone, and goes with its consumer', async () => {
    const channel = await rig().channel();
    const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true });
    expect(queue).toMatch(/^amq\.gen-/);
    const inbox = await consume(channel, queue);
    channel.sendToQueue(queue, Buffer.from('mine'));
    expect(text(await inbox.at(0))).toBe('mine');
    const stranger = await rig().channel();
    await expect(stranger.checkQueue(queue)).rejects.toMatchObject({ code: 405 });
    await channel.cancel(inbox.consumerTag);
    expect(await exists(queue)).toBe(false);
  });

  test('an exclusive queue goes with its connection', async () => {
    const connection = await rig().connect();
    const { queue } = await (await rig().channel(connection)).assertQueue('', { exclusive: true });
    expect(await exists(queue)).toBe(true);
    await connection.close();
    expect(await exists(queue)).toBe(false);
  });

  test('an auto-delete queue goes with its last consumer', async () => {
    const channel = await rig().channel();
    const queue = await rig().queue(channel, { autoDelete: true });
    const [first, second] = [await consume(channel, queue), await consume(channel, queue)];
    await channel.cancel(first.consumerTag);
    expect(await exists(queue)).toBe(true);
    await channel.cancel(second.consumerTag);
    expect(await exists(queue)).toBe(false);
  });

  test('a queue goes when nobody has used it for its x-expires', async () => {
    const channel = await rig().channel();
    const queue = await rig().queue(channel, { expires: 50 });
    let gone = false;
    channel.on('return', () => {
      gone = true;
    });
    await until('a message for it is returned', () => {
      channel.sendToQueue(queue, Buffer.from('anybody?'), { mandatory: true });
      return gone;
    });
  });

  test('an auto-delete exchange goes with its last binding', async () => {
    const channel = await rig().channel();
    const exchange = await rig().exchange(channel, 'topic', { autoDelete: true });
    const queue = await rig().bound(channel, exchange, '#');
    await channel.deleteQueue(queue);
    const check = async () => (await rig().channel()).checkExchange(exchange);
    await expect(check()).rejects.toMatchObject({ code: 404 });
  });

  test('purging and deleting tell how many messages went', async () => {
    const channel = await rig().channel();
    const queue = await rig().queue(channel);
    const fill = async () => {
      for (const each of ['1', '2']) channel.sendToQueue(queue, Buffer.from(each));
      await channel.waitForConfirms();
    };
    await fill();
    expect(await channel.purgeQueue(queue)).toEqual({ messageCount: 2 });
    await fill();
    expect(await channel.deleteQueue(queue)).toEqual({ messageCount: 2 });
    expect(await channel.deleteQueue(queue)).toEqual({ messageCount: 0 });
  });
}
