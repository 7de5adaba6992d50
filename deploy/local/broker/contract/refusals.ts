import type { ConfirmChannel } from 'amqplib';
import { expect, test } from 'vitest';
import { consume, until } from './inbox.ts';
import { type Rig, uniqueName } from './rig.ts';

interface Refusal {
  what: string;
  code: number;
  text: RegExp;
  /** `queue` is durable and holds nothing, `exchange` is a topic exchange. */
  attempt(channel: ConfirmChannel, queue: string, exchange: string): unknown;
}

const missing = uniqueName('missing');
const notFoundQueue = { code: 404, text: /NOT_FOUND - no queue '.*missing.*' in vhost '\/'/ };
const notFoundExchange = { code: 404, text: /NOT_FOUND - no exchange '.*missing.*' in vhost '\/'/ };

const ofTheChannel: Refusal[] = [
  { what: 'checking a missing queue', ...notFoundQueue, attempt: (ch) => ch.checkQueue(missing) },
  { what: 'consuming a missing queue', ...notFoundQueue, attempt: (ch) => consume(ch, missing) },
  { what: 'fetching from a missing queue', ...notFoundQueue, attempt: (ch) => ch.get(missing) },
  { what: 'binding a missing queue', ...notFoundQueue, attempt: (ch, _, x) => ch.bindQueue(missing, x, '#') },
  { what: 'checking a missing exchange', ...notFoundExchange, attempt: (ch) => ch.checkExchange(missing) },
  {
    what: 'binding to a missing exchange',
    ...notFoundExchange,
    attempt: (ch, q) => ch.bindQueue(q, missing, '#'),
  },
  {
    what: 'publishing to a missing exchange',
    ...notFoundExchange,
    attempt: (ch, queue) => {
      // A confirm that came after the channel's end would end the connection as well.
      ch.sendToQueue(queue, Buffer.from('routed'));
      return ch.publish(missing, 'key', Buffer.from('lost'));
    },
  },
  {
    what: 'declaring a queue again with another lifetime',
    code: 406,
    text: /PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue '.*' in vhost '\/': received .*'1000'.* but current is none/,
    attempt: (ch, queue) => ch.assertQueue(queue, { durable: true, messageTtl: 1000 }),
  },
  {
    what: 'declaring a classic queue as a quorum queue',
    code: 406,
    text: /inequivalent arg 'x-queue-type' for queue/,
    attempt: (ch, queue) => ch.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } }),
  },
  {
    what: 'declaring an exchange as another type',
    code: 406,
    text: /inequivalent arg 'type' for exchange '.*' in vhost '\/': received 'direct' but current is 'topic'/,
    attempt: (ch, _, exchange) => ch.assertExchange(exchange, 'direct', { durable: true }),
  },
  {
    what: 'a quorum queue that is not durable',
    code: 406,
    text: /invalid property 'non-durable' for queue/,
    attempt: (ch) =>
      ch.assertQueue(uniqueName('queue'), { durable: false, arguments: { 'x-queue-type': 'quorum' } }),
  },
  {
    what: 'a lifetime that is not a number',
    code: 406,
    text: /invalid arg 'x-message-ttl' for queue/,
    attempt: (ch) =>
      ch.assertQueue(uniqueName('queue'), { durable: true, arguments: { 'x-message-ttl': 'soon' } }),
  },
  {
    what: 'acknowledging what was never delivered',
    code: 406,
    text: /PRECONDITION_FAILED - unknown delivery tag 77/,
    attempt: (ch) => ch.ack({ fields: { deliveryTag: 77 } } as never),
  },
  {
    what: 'deleting a queue that is in use, if unused',
    code: 406,
    text: /queue '.*' in vhost '\/' in use/,
    attempt: async (ch, queue) => {
      await consume(ch, queue);
      await ch.deleteQueue(queue, { ifUnused: true });
    },
  },
  {
    what: 'a name under amq.',
    code: 403,
    text: /ACCESS_REFUSED - queue name 'amq\.mine' contains reserved prefix 'amq\.\*'/,
    attempt: (ch) => ch.assertQueue('amq.mine', { durable: true }),
  },
  {
    what: 'binding to the default exchange',
    code: 403,
    text: /operation not permitted on the default exchange/,
    attempt: (ch, queue) => ch.bindQueue(queue, '', 'key'),
  },
  {
    what: 'taking a shared queue for oneself',
    code: 405,
    text: /RESOURCE_LOCKED - cannot obtain exclusive access to locked queue/,
    attempt: (ch, queue) => ch.assertQueue(queue, { exclusive: true }),
  },
];

const ofTheConnection: Refusal[] = [
  {
    what: 'an unknown type of exchange',
    code: 503,
    text: /COMMAND_INVALID - unknown exchange type 'x-nonsense'/,
    attempt: (ch) => ch.assertExchange(uniqueName('exchange'), 'x-nonsense'),
  },
  {
    what: 'using a consumer tag twice',
    code: 530,
    text: /NOT_ALLOWED - attempt to reuse consumer tag 'twice'/,
    attempt: async (ch, queue) => {
      await consume(ch, queue, { consumerTag: 'twice' });
      await consume(ch, queue, { consumerTag: 'twice' });
    },
  },
];

/** Makes the attempt and waits for the error event of the channel or the connection. */
async function errorOf(rig: Rig, { attempt }: Refusal, level: 'channel' | 'connection') {
  const connection = await rig.connect();
  const channel = await rig.channel(connection);
  const [queue, exchange] = [await rig.queue(channel), await rig.exchange(channel, 'topic')];
  let error: Error | undefined;
  (level === 'channel' ? channel : connection).on('error', (caught: Error) => {
    error = caught;
  });
  // Some of them are answered, others are not; the event comes in either case.
  await Promise.resolve(attempt(channel, queue, exchange)).catch(() => {});
  return { connection, error: await until(`an error on the ${level}`, () => error) };
}

export function refusals(rig: () => Rig): void {
  test.each(ofTheChannel)('$what ends the channel with $code, and the connection stays', async (refusal) => {
    const { connection, error } = await errorOf(rig(), refusal, 'channel');
    expect(error).toMatchObject({ code: refusal.code, message: expect.stringMatching(refusal.text) });
    const next = await rig().channel(connection);
    await next.checkExchange('amq.topic');
  });

  test.each(ofTheConnection)('$what ends the connection with $code', async (refusal) => {
    const { error } = await errorOf(rig(), refusal, 'connection');
    expect(error).toMatchObject({ code: refusal.code, message: expect.stringMatching(refusal.text) });
  });

  test('a channel that the broker closed leaves its messages to others', async () => {
    const channel = await rig().channel();
    const queue = await rig().queue(channel);
    channel.sendToQueue(queue, Buffer.from('held'));
    await (await consume(channel, queue)).arrived(1);
    await expect(channel.checkQueue(missing)).rejects.toMatchObject({ code: 404 });
    await (await consume(await rig().channel(), queue)).arrived(1);
  });
}
