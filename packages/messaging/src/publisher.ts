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
  /** Whether it must reach at least one queue. */
  mandatory: boolean;
}

export interface Publisher {
  /**
   * Publishes all, in order, and tells the ids of those that the broker has confirmed and not returned as
   * unroutable (it confirms those too). Never rejects and ends within its deadline: what is not in the answer
   * may or may not have arrived, and is to be published again.
   */
  publish(messages: readonly OutgoingMessage[]): Promise<Set<string>>;
}

/** A blocked or frozen broker must not hold the relay for longer than this, in milliseconds. */
const publishDeadline = 5_000;

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

  const send = (on: ConfirmChannel, message: OutgoingMessage, confirmed: Set<string>) =>
    new Promise<void>((resolve) => {
      const settled = (error: unknown) => {
        const unroutable = returned.delete(message.id);
        if (!error && !unroutable) confirmed.add(message.id);
        if (unroutable) bindingMissing = true;
        resolve();
      };
      const toQueue = message.exchange === '';
      try {
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
      } catch (error) {
        settled(error);
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
          publishDeadline,
        );
      } catch {
        giveUp();
      }
      if (bindingMissing) giveUp();
      return new Set(confirmed);
    },
  };
}
