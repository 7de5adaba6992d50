import { waitUntil } from '@meander/testing';
import { type Channel, connect } from 'amqplib';

const queue = 'meander.dead';

/** What a dead letter says of itself. */
export interface DeadLetter {
  messageId: string;
  reason: string;
}

async function onChannel<T>(url: string, work: (channel: Channel) => Promise<T>): Promise<T> {
  const connection = await connect(url);
  connection.on('error', () => {});
  try {
    return await work(await connection.createChannel());
  } finally {
    await connection.close();
  }
}

const count = async (channel: Channel) => (await channel.checkQueue(queue)).messageCount;

/** How many dead letters wait. To be asked as often as one likes. */
export const countLetters = (url: string): Promise<number> => onChannel(url, count);

/**
 * Reads all dead letters, and puts them back. To be done a few times in a run: RabbitMQ 4 drops what has come back more
 * than 20 times.
 */
export const readLetters = (url: string): Promise<DeadLetter[]> =>
  onChannel(url, async (channel) => {
    const letters: DeadLetter[] = [];
    const waiting = await count(channel);
    while (letters.length < waiting) {
      const message = await channel.get(queue);
      if (!message) break;
      const { messageId, headers } = message.properties;
      letters.push({ messageId: String(messageId), reason: String(headers?.['x-dead-reason']) });
    }
    channel.nackAll(true);
    await waitUntil('the dead letters are back', async () => (await count(channel)) >= letters.length);
    return letters;
  });

/** Those of `after` that were not there before, message by message. */
export function newLetters(before: readonly DeadLetter[], after: readonly DeadLetter[]): DeadLetter[] {
  const left = before.map(({ messageId }) => messageId);
  return after.filter(({ messageId }) => {
    const at = left.indexOf(messageId);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** For a message of the table: what is there that should not be. */
export const listLetters = (letters: readonly DeadLetter[]): string =>
  letters.map(({ messageId, reason }) => `${messageId} (${reason})`).join(', ');
