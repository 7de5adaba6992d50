import { randomUUID } from 'node:crypto';
import { asDeadLetter, isCycle } from './dead-letter.ts';
import {
  accessRefused,
  describe,
  notFound,
  ProtocolError,
  preconditionFailed,
  resourceLocked,
} from './errors.ts';
import { Exchanges } from './exchanges.ts';
import type { Message } from './message.ts';
import { Queue, type QueueHooks } from './queue.ts';
import { parseQueueArguments, type QueueOptions } from './queue-arguments.ts';
import { assertEquivalent, type QueueDeclaration } from './queue-equivalence.ts';

/** What became of a message that was published. */
export interface Outcome {
  /** Queues it was routed to, those that refused it included. */
  readonly routed: number;
  /** One of them was full and refuses publishers, who are then told by a nack. */
  readonly refused: boolean;
}

/**
 * All that the broker holds: exchanges, queues and their messages. There is one, "/", and it knows nothing of
 * sockets.
 */
export class VirtualHost {
  readonly exchanges = new Exchanges();
  readonly #queues = new Map<string, Queue>();
  readonly #hooks: QueueHooks = {
    remove: (queue) => void this.deleteQueue(queue),
    deadLetter: (...death) => {
      this.#deaths.push(death);
      if (!this.#burying) this.#bury();
    },
  };
  /**
   * Waiting to be dead-lettered. A list, not a recursion: queues chained by their dead letter exchanges may
   * be many.
   */
  readonly #deaths: Parameters<QueueHooks['deadLetter']>[] = [];
  #burying = false;

  /** Throws 404, and 405 when the queue is exclusive to another connection than `owner`. */
  queue(name: string, owner: object): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw notFound('queue', name);
    if (queue.declaration.owner !== undefined && queue.declaration.owner !== owner)
      throw resourceLocked(name);
    return queue;
  }

  has(name: string): boolean {
    return this.#queues.has(name);
  }

  /**
   * Creates it, under a name of the broker's when `name` is empty, or checks that the existing one is the
   * same.
   */
  declareQueue(name: string, declaration: QueueDeclaration): Queue {
    const existing = this.#queues.get(name);
    if (existing !== undefined) {
      assertEquivalent(existing, declaration);
      return existing;
    }
    if (name.startsWith('amq.')) throw accessRefused(`queue name '${name}' contains reserved prefix 'amq.*'`);
    const options = parseQueueArguments(name, declaration.args);
    refuseImpossible(name, declaration, options);
    const queue = new Queue(name || `amq.gen-${randomUUID()}`, declaration, options, this.#hooks);
    this.#queues.set(queue.name, queue);
    return queue;
  }

  /** Returns how many messages went with it. */
  deleteQueue(queue: Queue): number {
    if (this.#queues.get(queue.name) !== queue) return 0;
    this.#queues.delete(queue.name);
    this.exchanges.unbindEverywhere(queue);
    return queue.delete();
  }

  /** The exclusive queues of a connection end with it. */
  deleteQueuesOf(owner: object): void {
    for (const queue of [...this.#queues.values()]) {
      if (queue.declaration.owner === owner) this.deleteQueue(queue);
    }
  }

  publish(message: Message): Outcome {
    const queues = [...this.#route(message)];
    // One queue that refuses does not keep the message from the others; RabbitMQ nacks it all the same.
    const refusals = queues.filter((queue) => !queue.accept(message));
    return { routed: queues.length, refused: refusals.length > 0 };
  }

  /** Stops every timer. */
  close(): void {
    for (const queue of [...this.#queues.values()]) this.deleteQueue(queue);
  }

  #bury(): void {
    this.#burying = true;
    try {
      for (let death = this.#deaths.shift(); death !== undefined; death = this.#deaths.shift()) {
        const [queue, message, reason] = death;
        const dead = asDeadLetter(message, queue, reason, new Date());
        for (const target of this.#route(dead)) {
          if (reason === 'rejected' || !isCycle(target, dead)) target.accept(dead);
        }
      }
    } finally {
      this.#burying = false;
    }
  }

  #route(message: Message): Set<Queue> {
    if (message.exchange === '') {
      const queue = this.#queues.get(message.routingKey);
      return new Set(queue === undefined ? [] : [queue]);
    }
    const exchange = this.exchanges.find(message.exchange);
    return exchange === undefined ? new Set() : this.exchanges.route(exchange, message);
  }
}

/** Combinations that RabbitMQ refuses to create. Throws 406 and 541. */
function refuseImpossible(
  name: string,
  { durable, autoDelete, owner }: QueueDeclaration,
  { type }: QueueOptions,
): void {
  if (type === 'quorum') {
    if (name === '') {
      throw preconditionFailed('Cannot declare a server-named queue for type rabbit_quorum_queue');
    }
    const property =
      (owner && 'exclusive-owner') || (autoDelete && 'auto-delete') || (!durable && 'non-durable');
    if (property) throw preconditionFailed(`invalid property '${property}' for ${describe('queue', name)}`);
  }
  // RabbitMQ up to 4.2 warns in its log only; from 4.3 on this is its default, and these are its words. The
  // check is here so that nothing of ours works on this broker and fails on theirs.
  if (!durable && owner === undefined) {
    throw new ProtocolError(
      541,
      'Feature `transient_nonexcl_queues` is deprecated.\nBy default, this feature is not permitted anymore.\n' +
        'The feature will be removed from a future major RabbitMQ version, regardless of the configuration; ' +
        'actual version to be determined.',
    );
  }
}
