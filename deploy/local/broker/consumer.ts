import type { Entry } from './message.ts';
import type { Queue } from './queue.ts';

/** What a consumer needs of the channel it lives on. */
export interface ConsumerChannel {
  /** The client reads slower than it is sent to. */
  readonly congested: boolean;
  deliver(consumer: Consumer, entry: Entry): void;
  consumerCancelled(consumer: Consumer): void;
}

export interface ConsumerSettings {
  readonly tag: string;
  /** Deliveries count as settled when they are sent; such a consumer has no prefetch. */
  readonly noAck: boolean;
  readonly exclusive: boolean;
  /** Deliveries that may be unsettled at once; 0 for any number. */
  readonly prefetch: number;
}

export class Consumer {
  readonly tag: string;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly queue: Queue;
  readonly #prefetch: number;
  readonly #channel: ConsumerChannel;
  #unsettled = 0;

  constructor(settings: ConsumerSettings, queue: Queue, channel: ConsumerChannel) {
    this.tag = settings.tag;
    this.noAck = settings.noAck;
    this.exclusive = settings.exclusive;
    this.#prefetch = settings.prefetch;
    this.queue = queue;
    this.#channel = channel;
  }

  /** Has it room for one more delivery? */
  get ready(): boolean {
    if (this.#channel.congested) return false;
    return this.noAck || this.#prefetch === 0 || this.#unsettled < this.#prefetch;
  }

  deliver(entry: Entry): void {
    if (!this.noAck) this.#unsettled += 1;
    this.#channel.deliver(this, entry);
  }

  /** One of its deliveries was acked, nacked or taken back. */
  settled(): void {
    this.#unsettled -= 1;
  }

  cancelledByBroker(): void {
    this.#channel.consumerCancelled(this);
  }
}
