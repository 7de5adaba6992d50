import { withDeadline } from '@meander/runtime';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { assertTopology, type Names } from './topology.ts';

/** One message to be published. `id` becomes its message id. */
export interface OutgoingMessage {
  id: string;
  /** Without the prefix of the installation; `''` for the broker's own exchange, which takes to one queue. */
  exchange: string;
  /** On the broker's own exchange: the name of the queue, without the prefix. */
  routingKey: string;
  type: string;
  body: Buffer;
  contentType: string;
  headers: Record<string, unknown>;
  /** Takes the place of headers that amqplib cannot encode; without it, such a message is never confirmed. */
  bareHeaders?: Record<string, unknown>;
  /** Whether it must reach at least one queue. */
  mandatory: boolean;
}

export interface Publisher {
  /**
   * Publishes all, in order, and tells the ids of those that the broker has confirmed and not returned as
   * unroutable (it confirms those too). Never rejects and ends within its deadline, which grows with the bodies: what is
   * not in the answer may or may not have arrived, and is to be published again.
   */
  publish(messages: readonly OutgoingMessage[]): Promise<Set<string>>;
}

/** A blocked or frozen broker must not hold the relay for much longer than this, in milliseconds. */
const publishDeadline = 5_000;
/** What a large body has besides, for each MiB: given up too early it would be sent again and again, and arrive each time. */
const deadlinePerMiB = 1_000;

const deadlineOf = (messages: readonly OutgoingMessage[]) =>
  publishDeadline + (messages.reduce((sum, { body }) => sum + body.length, 0) / 2 ** 20) * deadlinePerMiB;

/** AMQP 0-9-1, 4.2.5.3: a short string. One that came with broken UTF-8 is longer when it is written again. */
const short = (text: string) => (Buffer.byteLength(text) < 256 ? text : '');

/** The message without anything that its sender may have put on it to be impossible to write again. */
const bare = (message: OutgoingMessage, headers: Record<string, unknown>): OutgoingMessage => ({
  ...message,
  ...{ id: short(message.id), type: short(message.type), contentType: short(message.contentType) },
  ...{ routingKey: short(message.routingKey), headers },
});

/** A publisher on one confirm channel, which is opened, with the whole topology, whenever there is none. */
export function createPublisher(
  connection: { model: Pick<ChannelModel, 'createConfirmChannel'> },
  names: Names,
): Publisher {
  let open: Promise<ConfirmChannel> | undefined;
  /** The channel in use; the end of one that was given up concerns nobody. */
  let current: ConfirmChannel | undefined;
  /** Returned as unroutable; the broker says so before it confirms the same message. */
  const returned = new Set<string>();
  /** A binding is missing: declare the topology again before the next message. */
  let bindingMissing = false;

  const openChannel = async (): Promise<ConfirmChannel> => {
    const fresh = await connection.model.createConfirmChannel();
    fresh.on('error', () => {});
    current = fresh;
    fresh.on('close', () => current === fresh && giveUp());
    fresh.on('return', (message) => returned.add(String(message.properties.messageId)));
    await assertTopology(fresh, names);
    return fresh;
  };

  /** Gives the channel up: the next publish opens another one and declares the topology again. */
  function giveUp(): void {
    const spent = open;
    open = undefined;
    current = undefined;
    bindingMissing = false;
    spent?.then((channel) => channel.close()).catch(() => {});
  }

  /** @throws where it cannot be encoded, or the channel has ended; then nothing has gone out. */
  const write = (on: ConfirmChannel, message: OutgoingMessage, settled: (error: unknown) => void) => {
    const toQueue = message.exchange === '';
    on.publish(
      toQueue ? '' : names(message.exchange),
      toQueue ? names(message.routingKey) : message.routingKey,
      message.body,
      {
        persistent: true,
        mandatory: message.mandatory,
        messageId: message.id,
        type: message.type,
        contentType: message.contentType,
        headers: message.headers,
      },
      settled,
    );
  };

  const send = (on: ConfirmChannel, message: OutgoingMessage, confirmed: Set<string>) =>
    new Promise<void>((resolve) => {
      const sendAs = (wire: OutgoingMessage) =>
        write(on, wire, (error) => {
          const unroutable = returned.delete(wire.id);
          if (!error && !unroutable) confirmed.add(message.id);
          if (unroutable) bindingMissing = true;
          resolve();
        });
      try {
        try {
          sendAs(message);
        } catch (error) {
          // Of a channel that has ended amqplib says IllegalOperationError; that tells nothing of the message.
          if (!message.bareHeaders || (error as Error).name === 'IllegalOperationError') throw error;
          sendAs(bare(message, message.bareHeaders));
        }
      } catch {
        resolve();
      }
    });

  return {
    async publish(messages) {
      const confirmed = new Set<string>();
      try {
        open ??= openChannel();
        const on = await withDeadline(open, publishDeadline);
        await withDeadline(
          Promise.all(messages.map((message) => send(on, message, confirmed))),
          deadlineOf(messages),
        );
      } catch {
        giveUp();
      }
      if (bindingMissing) giveUp();
      return new Set(confirmed);
    },
  };
}
