import type { Consumer } from './consumer.ts';

/** The consumers of one queue, and whose turn it is: who was served goes to the end of the line. */
export class Consumers {
  readonly #singleActive: boolean;
  #line: Consumer[] = [];

  /** With a single active consumer the others stand by until it leaves, also while it has no room. */
  constructor({ singleActive }: { singleActive: boolean }) {
    this.#singleActive = singleActive;
  }

  get size(): number {
    return this.#line.length;
  }

  get exclusive(): boolean {
    return this.#line.some((consumer) => consumer.exclusive);
  }

  add(consumer: Consumer): void {
    this.#line.push(consumer);
  }

  remove(consumer: Consumer): boolean {
    const before = this.#line.length;
    this.#line = this.#line.filter((each) => each !== consumer);
    return this.#line.length < before;
  }

  /** Empties the line and returns who stood in it. */
  clear(): Consumer[] {
    const line = this.#line;
    this.#line = [];
    return line;
  }

  /** Who gets the next message: the first with room for it. */
  next(): Consumer | undefined {
    if (this.#singleActive) return this.#line[0]?.ready ? this.#line[0] : undefined;
    const index = this.#line.findIndex((consumer) => consumer.ready);
    if (index === -1) return undefined;
    const [consumer] = this.#line.splice(index, 1);
    if (consumer !== undefined) this.#line.push(consumer);
    return consumer;
  }
}
