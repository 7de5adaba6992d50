import { backoffDelay, pause } from '@meander/runtime';
import type { Channel, ChannelModel, GetMessage } from 'amqplib';
import { bareHeaders } from './bare-headers.ts';
import { UsageError } from './command.ts';
import { type BrokerAccess, connectOnce } from './connection.ts';
import { headersBeforeDeath, type Letter, readLetter } from './letter.ts';
import { createPublisher, type OutgoingMessage, type Publisher } from './publisher.ts';
import { assertTopology, exchanges, type Names, queues } from './topology.ts';

/** Another desk is open: it holds the letters, so this one would not see them. */
export class DeskTakenError extends UsageError {
  constructor() {
    super('Another desk is open on these dead letters. Try again when it has ended.');
    this.name = 'DeskTakenError';
  }
}

/**
 * All dead letters, held for as long as the box is open. What happens to the process meanwhile loses none: the
 * broker puts back what was not replayed or removed.
 */
export interface LetterBox {
  /** In the order in which they were set aside. */
  letters: readonly Letter[];
  /**
   * Sends a letter to the queue that it was meant for, and to no other. True once the broker has confirmed that
   * this queue has it; only then it leaves the dead letters. Whoever dies between the two leaves it in both
   * places, which consumers do not mind.
   */
  replay(letter: Letter): Promise<boolean>;
  /** Takes a letter out for good. */
  remove(letter: Letter): void;
  /** Puts what is left back in its order, and ends the connection. */
  close(): Promise<void>;
}

/**
 * RabbitMQ 4 drops a message of a quorum queue that came back more than 20 times, and each look at the dead letters
 * lets them come back once. From this many on, the box puts fresh copies in their place.
 */
const mostReturns = 10;
/** How long the broker may take to show what was put back, in looks with growing pauses: two seconds and more. */
const mostLooks = 12;

/** One desk at a time: a queue that belongs to one connection, and goes when it ends, however it ends. */
async function takeDesk(model: ChannelModel, names: Names): Promise<void> {
  const channel = await model.createChannel();
  channel.on('error', () => {});
  try {
    await channel.assertQueue(names(`${queues.dead.name}.desk`), { exclusive: true, durable: false });
  } catch (error) {
    throw (error as { code?: unknown }).code === 405 ? new DeskTakenError() : error;
  }
}

/** Takes all that is there now, and nothing that arrives meanwhile: what is replayed may come back at once. */
async function takeAll(channel: Channel, queue: string): Promise<GetMessage[]> {
  const { messageCount } = await channel.checkQueue(queue);
  const messages: GetMessage[] = [];
  while (messages.length < messageCount) {
    const message = await channel.get(queue);
    if (message === false) break;
    messages.push(message);
  }
  return messages;
}

const outgoing = (letter: Letter, { content, properties }: GetMessage) => ({
  id: String(properties.messageId || letter.id),
  type: typeof properties.type === 'string' ? properties.type : '',
  contentType: String(properties.contentType || 'application/octet-stream'),
  body: content,
  mandatory: true,
  bareHeaders: bareHeaders(properties.headers),
});

/** The letter for the queue it was meant for, as if it had never been set aside. */
function toItsQueue(letter: Letter, queue: string, message: GetMessage): OutgoingMessage {
  const headers = headersBeforeDeath(message.properties.headers);
  return { ...outgoing(letter, message), exchange: '', routingKey: queue, headers };
}

/** What a letter tells of its death where the broker's own note of it (`x-death`) is left out. */
const deathOf = ({ reason, queue, setAsideAt }: Letter) => ({
  'x-dead-reason': reason,
  ...(queue === undefined ? {} : { 'x-dead-queue': queue }),
  ...(setAsideAt === undefined ? {} : { 'x-dead-at': setAsideAt }),
});

/** The letter for the dead letters again, where the broker begins to count anew. */
function toTheDead(letter: Letter, message: GetMessage): OutgoingMessage {
  const { 'x-delivery-count': _, ...headers } = message.properties.headers ?? {};
  const { routingKey } = message.fields;
  const again = { ...outgoing(letter, message), exchange: exchanges.dead, routingKey, headers };
  return { ...again, bareHeaders: { ...again.bareHeaders, ...deathOf(letter) } };
}

const publishOne = async (publisher: Publisher, message: OutgoingMessage) =>
  (await publisher.publish([message])).has(message.id);

/**
 * Opens the dead letters, the topology with them where it is not there yet.
 *
 * @throws DeskTakenError; the driver's error where the broker is away.
 */
export async function openLetterBox(broker: BrokerAccess, names: Names): Promise<LetterBox> {
  const model = await connectOnce(broker, 'dead-letters');
  try {
    return await holdLetters(model, names);
  } catch (error) {
    await model.close().catch(() => {});
    throw error;
  }
}

async function holdLetters(model: ChannelModel, names: Names): Promise<LetterBox> {
  await takeDesk(model, names);
  const queue = names(queues.dead.name);
  const channel = await model.createChannel();
  channel.on('error', () => {});
  await assertTopology(channel, names);
  const publisher = createPublisher({ model }, names);
  const held = new Map<Letter, GetMessage>();
  for (const message of await takeAll(channel, queue)) held.set(readLetter(message, names('')), message);

  const take = (letter: Letter): GetMessage => {
    const message = held.get(letter);
    if (message === undefined) throw new Error('the letter is not in the box any more');
    return message;
  };
  const remove = (letter: Letter) => {
    channel.ack(take(letter));
    held.delete(letter);
  };
  /** Fresh copies of all, if one of them needs it: they stay in one order. */
  const renew = async () => {
    if (![...held.keys()].some(({ returns }) => returns >= mostReturns)) return;
    for (const [letter, message] of [...held]) {
      if (await publishOne(publisher, toTheDead(letter, message))) remove(letter);
    }
  };
  /** One by one: several at once, or the end of the channel alone, may come back in any order. */
  const putBack = async () => {
    for (const message of held.values()) channel.nack(message, false, true);
    for (let looks = 1; looks <= mostLooks; looks += 1) {
      const { messageCount } = await channel.checkQueue(queue);
      if (messageCount >= held.size) return;
      await pause(backoffDelay(looks, { most: 500 }));
    }
  };
  return {
    letters: [...held.keys()],
    async replay(letter) {
      const { queue: to } = letter;
      if (to === undefined || to === queues.dead.name) return false;
      const done = await publishOne(publisher, toItsQueue(letter, to, take(letter)));
      if (done) remove(letter);
      return done;
    },
    remove,
    async close() {
      try {
        await renew();
        await putBack();
        await channel.close();
      } finally {
        await model.close().catch(() => {});
      }
    },
  };
}
