import { Channel, type ChannelHost } from './channel.ts';
import { notAllowed, ProtocolError } from './errors.ts';
import type { Frame } from './frames.ts';
import type { VirtualHost } from './virtual-host.ts';
import { methodId } from './wire.ts';

/**
 * The channels of one connection by their number: opening, closing from either side, and sending frames to
 * the right one.
 */
export class Channels {
  readonly #host: ChannelHost;
  readonly #vhost: VirtualHost;
  readonly #open = new Map<number, Channel>();
  /**
   * Closed by the broker, and the client has not said yet that it knows; what it sends until then was sent in
   * ignorance.
   */
  readonly #closing = new Set<number>();
  /** The highest number agreed on. */
  limit = 0;

  constructor(host: ChannelHost, vhost: VirtualHost) {
    this.#host = host;
    this.#vhost = vhost;
  }

  /** Throws a ProtocolError that ends the connection; one that ends only the channel is dealt with here. */
  accept(frame: Frame): void {
    const { channel: number } = frame;
    const name = frame.kind === 'method' ? frame.method.name : undefined;
    if (name === 'ChannelOpen') this.#start(number);
    else if (this.#closing.has(number)) this.#acceptWhileClosing(number, name);
    else {
      const channel = this.#open.get(number);
      if (channel === undefined) throw new ProtocolError(504, "expected 'channel.open'");
      if (name === 'ChannelClose') this.#closeForClient(channel);
      else this.#pass(channel, frame);
    }
  }

  /**
   * All consumers go before anything is put back, or it would be delivered to the next channel of the same
   * dead connection.
   */
  release(): void {
    for (const channel of this.#open.values()) channel.stopConsuming();
    for (const channel of this.#open.values()) channel.release();
    this.#open.clear();
  }

  resume(): void {
    for (const channel of this.#open.values()) channel.resume();
  }

  #start(number: number): void {
    if (this.#open.has(number) || this.#closing.has(number)) {
      throw new ProtocolError(504, "second 'channel.open' seen");
    }
    if (number > this.limit) throw notAllowed(`channel number ${number} is over channel_max (${this.limit})`);
    const channel = new Channel(number, this.#host, this.#vhost);
    this.#open.set(number, channel);
    channel.reply('ChannelOpenOk', {});
  }

  #pass(channel: Channel, frame: Frame): void {
    try {
      channel.accept(frame);
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.scope === 'connection') throw error;
      channel.release();
      this.#open.delete(channel.number);
      this.#closing.add(channel.number);
      this.#host.writer.method(channel.number, 'ChannelClose', closeFields(error, frame));
    }
  }

  #closeForClient(channel: Channel): void {
    channel.release();
    this.#open.delete(channel.number);
    this.#host.writer.method(channel.number, 'ChannelCloseOk', {});
  }

  #acceptWhileClosing(number: number, name: string | undefined): void {
    if (name === 'ChannelCloseOk') this.#closing.delete(number);
    else if (name === 'ChannelClose') this.#host.writer.method(number, 'ChannelCloseOk', {});
  }
}

/** What a close says: why, and which method it was. Content belongs to the only method that has any. */
export function closeFields(error: ProtocolError, cause: Frame | undefined) {
  const { code: replyCode, replyText } = error;
  const id = cause?.kind === 'method' ? cause.method.id : cause ? methodId('BasicPublish') : 0;
  return { replyCode, replyText, classId: id >>> 16, methodId: id & 0xffff };
}
