import { Backlog } from './backlog.ts';
import type { Consumer } from './consumer.ts';
import { Consumers } from './consumers.ts';
import { Countdown } from './countdown.ts';
import type { DeathReason } from './dead-letter.ts';
import { type Entry, type Message, withHeaders } from './message.ts';
import type { QueueOptions } from './queue-arguments.ts';
import type { QueueDeclaration } from './queue-equivalence.ts';

export interface QueueHooks {
  /** Called with a message that died, when the queue has a dead letter exchange. */
  deadLetter(queue: Queue, message: Message, reason: DeathReason): void;
  /** Called when the queue has to go by itself: its last consumer left, or nobody used it for `x-expires`. */
  remove(queue: Queue): void;
}

/**
 * One queue: messages wait here for consumers that have room, in order. Every change ends in `pump`, which
 * hands out what can be handed out; there is no other scheduler. Classic and quorum queues differ only in the
 * delivery limit and its headers.
 */
export class Queue {
  readonly name: string;
  readonly declaration: QueueDeclaration;
  readonly options: QueueOptions;
  readonly #hooks: QueueHooks;
  readonly #backlog = new Backlog<Entry>();
  readonly #consumers: Consumers;
  #lastPosition = 0;
  #deleted = false;
  readonly #messageExpiry = new Countdown(() => this.pump());
  readonly #idleExpiry = new Countdown(() => this.#hooks.remove(this));

  constructor(name: string, declaration: QueueDeclaration, options: QueueOptions, hooks: QueueHooks) {
    this.name = name;
    this.declaration = declaration;
    this.options = options;
    this.#hooks = hooks;
    this.#consumers = new Consumers({ singleActive: options.singleActiveConsumer });
    this.touch();
  }

  /** Messages that wait; those out with consumers are not among them. */
  get messageCount(): number {
    return this.#backlog.length;
  }

  get consumerCount(): number {
    return this.#consumers.size;
  }

  get exclusivelyConsumed(): boolean {
    return this.#consumers.exclusive;
  }

  /**
   * Restarts the `x-expires` clock, which runs only while nobody consumes. Declaring, also passively, and
   * getting renew it.
   */
  touch(): void {
    if (this.options.expires === undefined || this.#deleted || this.#consumers.size > 0) return;
    this.#idleExpiry.restart(this.options.expires);
  }

  /** Takes a message in. False when the queue is full and its overflow rule is to refuse the publisher. */
  accept(message: Message): boolean {
    const { maxLength, overflow } = this.options;
    if (maxLength !== undefined && overflow !== 'drop-head' && this.messageCount >= maxLength) {
      if (overflow === 'reject-publish-dlx') this.#die(message, 'maxlen');
      return false;
    }
    const entry = this.#newEntry(message);
    const consumer = this.#backlog.length === 0 ? this.#consumers.next() : undefined;
    // Past the backlog and so past expiry: a TTL of 0 means "at once or never", not "never".
    if (consumer !== undefined) consumer.deliver(entry);
    else this.#backlog.insert(entry);
    while (maxLength !== undefined && this.#backlog.length > maxLength) this.#drop('maxlen');
    this.pump();
    return true;
  }

  /** For `basic.get`: the first message, if any. */
  take(): Entry | undefined {
    this.touch();
    this.#dropExpired();
    const entry = this.#backlog.shift();
    this.#watchExpiry();
    return entry;
  }

  /**
   * Puts messages back where they were. All of them before any is handed out again, or a later one would
   * overtake. Each return counts against the delivery limit, whatever its cause, as in RabbitMQ 4.0 to 4.2;
   * 4.3 no longer counts a `basic.nack`.
   */
  requeue(entries: readonly Entry[]): void {
    if (this.#deleted) return;
    const { deliveryLimit } = this.options;
    for (const entry of entries) {
      entry.redelivered = true;
      entry.deliveryCount += 1;
      if (deliveryLimit !== undefined && entry.deliveryCount > deliveryLimit) {
        this.#die(entry.message, 'delivery_limit');
      } else this.#backlog.insert(entry);
    }
    this.pump();
  }

  /** Gives up messages that a consumer refused for good. */
  reject(entries: readonly Entry[]): void {
    for (const { message } of entries) this.#die(message, 'rejected');
    this.pump();
  }

  /** The message as a consumer is sent it: quorum queues tell on a redelivery how often it came back. */
  outgoing({ message, deliveryCount }: Entry): Message {
    if (this.options.type !== 'quorum' || deliveryCount === 0) return message;
    return withHeaders(message, { 'x-delivery-count': deliveryCount });
  }

  purge(): number {
    this.#messageExpiry.stop();
    return this.#backlog.clear();
  }

  subscribe(consumer: Consumer): void {
    this.#idleExpiry.stop();
    this.#consumers.add(consumer);
    this.pump();
  }

  unsubscribe(consumer: Consumer): void {
    if (!this.#consumers.remove(consumer)) return;
    if (this.#consumers.size === 0 && this.declaration.autoDelete) this.#hooks.remove(this);
    this.touch();
    // With a single active consumer it is the next one's turn now.
    this.pump();
  }

  /**
   * The end: messages are dropped and consumers told. What consumers still hold may be settled, to no effect.
   */
  delete(): number {
    this.#deleted = true;
    this.#idleExpiry.stop();
    for (const consumer of this.#consumers.clear()) consumer.cancelledByBroker();
    return this.purge();
  }

  /**
   * Hands out what can be handed out. Called whenever a message came, a consumer came, or one has room again.
   */
  pump(): void {
    this.#dropExpired();
    while (this.#backlog.length > 0) {
      const consumer = this.#consumers.next();
      if (consumer === undefined) break;
      const entry = this.#backlog.shift();
      if (entry !== undefined) consumer.deliver(entry);
      this.#dropExpired();
    }
    this.#watchExpiry();
  }

  #newEntry(message: Message): Entry {
    this.#lastPosition += 1;
    const own = message.properties.expiration;
    const lifetimes = [this.options.messageTtl, own === undefined ? undefined : Number(own)];
    const lifetime = Math.min(...lifetimes.filter((each) => each !== undefined));
    return {
      message,
      position: this.#lastPosition,
      expiresAt: Number.isFinite(lifetime) ? Date.now() + lifetime : undefined,
      redelivered: false,
      deliveryCount: 0,
    };
  }

  /** As in RabbitMQ only the head expires: a short-lived message behind a long-lived one waits for it. */
  #dropExpired(): void {
    const now = Date.now();
    while ((this.#backlog.first?.expiresAt ?? Number.POSITIVE_INFINITY) <= now) this.#drop('expired');
  }

  #watchExpiry(): void {
    const expiresAt = this.#backlog.first?.expiresAt;
    if (expiresAt === undefined) this.#messageExpiry.stop();
    else this.#messageExpiry.restart(expiresAt - Date.now());
  }

  #drop(reason: DeathReason): void {
    const entry = this.#backlog.shift();
    if (entry !== undefined) this.#die(entry.message, reason);
  }

  #die(message: Message, reason: DeathReason): void {
    if (this.#deleted || this.options.deadLetterExchange === undefined) return;
    this.#hooks.deadLetter(this, message, reason);
  }
}
