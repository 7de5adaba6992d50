/**
 * The messages of a queue that wait for a consumer, in the order of their position. Taking the first and
 * adding at either end cost nothing; a message that comes back from a consumer is put where it was by binary
 * search.
 */
export class Backlog<Item extends { readonly position: number }> {
  /** Slots before #head are used up and hold undefined, so that what was taken can be collected. */
  #slots: (Item | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#slots.length - this.#head;
  }

  get first(): Item | undefined {
    return this.#slots[this.#head];
  }

  shift(): Item | undefined {
    const item = this.#slots[this.#head];
    if (item === undefined) return undefined;
    this.#slots[this.#head] = undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  insert(item: Item): void {
    const last = this.#slots.at(-1);
    if (last === undefined || last.position < item.position) {
      this.#slots.push(item);
      return;
    }
    const index = this.#indexAfter(item.position);
    if (index === this.#head && this.#head > 0) {
      this.#head -= 1;
      this.#slots[this.#head] = item;
      return;
    }
    this.#slots.splice(index, 0, item);
  }

  /** Removes everything, and returns how much that was. */
  clear(): number {
    const { length } = this;
    this.#slots = [];
    this.#head = 0;
    return length;
  }

  /** The index of the first item behind `position`. */
  #indexAfter(position: number): number {
    let low = this.#head;
    let high = this.#slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const item = this.#slots[middle];
      if (item !== undefined && item.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
