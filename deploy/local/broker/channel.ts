import { basicMethods } from './basic-methods.ts';
import { Confirms } from './confirms.ts';
import type { Consumer, ConsumerChannel } from './consumer.ts';
import { notImplemented, ProtocolError } from './errors.ts';
import { exchangeMethods } from './exchange-methods.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { Frame } from './frames.ts';
import { IncomingContent } from './incoming-content.ts';
import type { Entry } from './message.ts';
import type {
  ClientMethod,
  ClientMethodName,
  ClientMethods,
  ServerMethodName,
  ServerMethods,
} from './methods.ts';
import { publish } from './publish.ts';
import type { Queue } from './queue.ts';
import { queueMethods } from './queue-methods.ts';
import { byQueue, Unacked } from './unacked.ts';
import type { VirtualHost } from './virtual-host.ts';

/**
 * What a channel needs of its connection. The object itself is the owner of the exclusive queues declared on
 * it.
 */
export interface ChannelHost {
  readonly writer: FrameWriter;
  readonly user: string;
  /** The client wants to be told when the broker cancels a consumer. */
  readonly cancelNotify: boolean;
}

/**
 * How a group of methods is handled: one function for each, which answers on the channel or throws a
 * ProtocolError.
 */
export type Handlers<Name extends ClientMethodName> = {
  readonly [Each in Name]: (channel: Channel, fields: ClientMethods[Each]) => void;
};

const handlers: Partial<Handlers<ClientMethodName>> = {
  ...exchangeMethods,
  ...queueMethods,
  ...basicMethods,
  ChannelFlow: (channel, { active }) => {
    if (!active) throw notImplemented('active=false');
    channel.reply('ChannelFlowOk', { active });
  },
};

/** One channel: its consumers, what it has in flight both ways, and the dispatch of its methods. */
export class Channel implements ConsumerChannel {
  readonly number: number;
  readonly host: ChannelHost;
  readonly vhost: VirtualHost;
  readonly consumers = new Map<string, Consumer>();
  readonly unacked = new Unacked();
  readonly confirms = new Confirms((name, deliveryTag, multiple) =>
    this.reply(name, { deliveryTag, multiple }),
  );
  /** For the consumers still to come; 0 is without limit. */
  prefetch = 0;
  /** What an empty queue name stands for. */
  lastQueue = '';
  readonly #content = new IncomingContent();
  #released = false;

  constructor(number: number, host: ChannelHost, vhost: VirtualHost) {
    this.number = number;
    this.host = host;
    this.vhost = vhost;
  }

  get congested(): boolean {
    return this.host.writer.congested;
  }

  /** Takes any frame but those that open and close the channel. Throws a ProtocolError. */
  accept(frame: Frame): void {
    if (frame.kind === 'method') this.#call(frame.method);
    else if (frame.kind !== 'heartbeat') {
      const publication = this.#content[frame.kind](frame.payload);
      if (publication !== undefined) publish(this, publication);
    }
  }

  /**
   * Silent once the channel is released: a client takes a frame on a closed channel for a broken connection.
   */
  reply<Name extends ServerMethodName>(name: Name, fields: ServerMethods[Name]): void {
    if (!this.#released) this.host.writer.method(this.number, name, fields);
  }

  /** Throws 404 and 405. */
  queue(name: string): Queue {
    return this.vhost.queue(this.queueName(name), this.host);
  }

  queueName(name: string): string {
    if (name === '' && this.lastQueue === '') throw new ProtocolError(404, 'no previously declared queue');
    return name || this.lastQueue;
  }

  deliver(consumer: Consumer, entry: Entry): void {
    const { queue, tag: consumerTag, noAck } = consumer;
    const deliveryTag = this.unacked.issue(noAck ? undefined : { entry, queue, consumer });
    const { exchange, routingKey } = entry.message;
    const fields = { consumerTag, deliveryTag, redelivered: entry.redelivered, exchange, routingKey };
    this.host.writer.content(this.number, 'BasicDeliver', fields, queue.outgoing(entry));
  }

  consumerCancelled(consumer: Consumer): void {
    this.consumers.delete(consumer.tag);
    if (this.host.cancelNotify) this.reply('BasicCancel', { consumerTag: consumer.tag, nowait: true });
  }

  stopConsuming(): void {
    for (const consumer of this.consumers.values()) consumer.queue.unsubscribe(consumer);
    this.consumers.clear();
  }

  /** The end of the channel: what its client did not settle goes back to the queues. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.stopConsuming();
    for (const [queue, entries] of byQueue(this.unacked.drain())) queue.requeue(entries);
  }

  /** To be called when the client reads again after `congested`. */
  resume(): void {
    for (const { queue } of this.consumers.values()) queue.pump();
  }

  #call(method: ClientMethod): void {
    if (this.#content.pending) {
      throw new ProtocolError(505, `expected content header frame, got method ${method.name} instead`);
    }
    if (method.name === 'BasicPublish') {
      this.#content.begin(method.fields);
      return;
    }
    const handle = handlers[method.name] as ((channel: Channel, fields: unknown) => void) | undefined;
    if (handle === undefined) throw notImplemented(`method ${method.name}`);
    handle(this, method.fields);
  }
}
