import type { Consumer } from './consumer.ts';
import { preconditionFailed } from './errors.ts';
import type { Entry } from './message.ts';
import type { Queue } from './queue.ts';

/**
 * A message that a client has and did not settle yet. Without a consumer when it was fetched by `basic.get`.
 */
export interface Delivery {
  readonly entry: Entry;
  readonly queue: Queue;
  readonly consumer?: Consumer;
}

/** The deliveries of one channel by their tag. Tags count up, so the map's order is their order. */
export class Unacked {
  readonly #byTag = new Map<number, Delivery>();
  #lastTag = 0;

  /** The next delivery tag; what is delivered without acknowledgement uses one up as well. */
  issue(delivery?: Delivery): number {
    this.#lastTag += 1;
    if (delivery !== undefined) this.#byTag.set(this.#lastTag, delivery);
    return this.#lastTag;
  }

  /**
   * Takes out what an ack or nack names. With `multiple` that is everything up to the tag, and tag 0 is all.
   * Throws 406.
   */
  settle(tag: number, multiple: boolean): Delivery[] {
    if (multiple && tag === 0) return this.drain();
    if (!this.#byTag.has(tag)) throw preconditionFailed(`unknown delivery tag ${tag}`);
    const tags = multiple ? [...this.#byTag.keys()].filter((each) => each <= tag) : [tag];
    return tags.flatMap((each) => this.#take(each));
  }

  /** Takes out everything. */
  drain(): Delivery[] {
    return [...this.#byTag.keys()].flatMap((tag) => this.#take(tag));
  }

  #take(tag: number): Delivery[] {
    const delivery = this.#byTag.get(tag);
    this.#byTag.delete(tag);
    delivery?.consumer?.settled();
    return delivery === undefined ? [] : [delivery];
  }
}

/** What was settled, queue by queue, so that a queue is told once and can hand out again. */
export function byQueue(deliveries: readonly Delivery[]): Map<Queue, Entry[]> {
  const grouped = new Map<Queue, Entry[]>();
  for (const { queue, entry } of deliveries) {
    const entries = grouped.get(queue);
    if (entries === undefined) grouped.set(queue, [entry]);
    else entries.push(entry);
  }
  return grouped;
}
