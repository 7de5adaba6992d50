/** The longest that a Node timer can wait; a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * A timer that is restarted and stopped rather than made anew, and waits for longer than a Node timer can.
 */
export class Countdown {
  readonly #onEnd: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  restart(milliseconds: number): void {
    clearTimeout(this.#timer);
    const now = Math.min(Math.max(0, milliseconds), LONGEST);
    const later = milliseconds - now;
    this.#timer = setTimeout(() => (later > 0 ? this.restart(later) : this.#onEnd()), now);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
