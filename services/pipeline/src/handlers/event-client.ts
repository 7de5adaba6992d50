import { once } from 'node:events';
import type { LeadEvent } from '@meander/lead';
import type { Response } from 'express';

/** What one client may leave unread in our memory, in bytes, and how many events may wait while it catches up. */
const mostUnread = 1024 * 1024;
const mostWaiting = 5_000;
const mostReadBack = 1_000;

/** An event as a server-sent event. */
export const toFrame = (event: LeadEvent) =>
  `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/**
 * One listener. A client that does not read is cut off before it costs memory: it comes back with the last id
 * that it has read, and loses nothing.
 */
export class EventClient {
  readonly #res: Response;
  /** What happens while it catches up; undefined once it has. */
  #waiting: Map<string, string> | undefined = new Map();
  /** The ids read back last: the broker may bring the same events a moment later. */
  readonly #readBack = new Set<string>();

  constructor(res: Response) {
    this.#res = res;
  }

  /** Tells what happens now. */
  tell(id: string, frame: string): void {
    if (this.#readBack.has(id)) return;
    if (!this.#waiting) this.#write(frame);
    else if (this.#waiting.size < mostWaiting) this.#waiting.set(id, frame);
    else this.cut();
  }

  /** Tells all that it has missed, as fast as it reads, then what happened meanwhile, each once. */
  async catchUp(missed: AsyncIterable<LeadEvent[]>): Promise<void> {
    for await (const events of missed) {
      if (this.#res.destroyed || this.#res.writableEnded) return;
      for (const { id } of events) this.#remember(id);
      if (!this.#res.write(events.map(toFrame).join(''))) await this.#drained();
    }
  }

  /** From here on it hears things as they happen. */
  goLive(): void {
    const meanwhile = [...(this.#waiting?.values() ?? [])];
    this.#waiting = undefined;
    for (const frame of meanwhile) this.#write(frame);
  }

  comment(text: string): void {
    this.#write(`: ${text}\n\n`);
  }

  /** Ends the answer in order; the client comes back, to whichever copy. */
  end(): void {
    this.#res.end();
  }

  cut(): void {
    this.#res.destroy();
  }

  #write(frame: string): void {
    if (this.#res.destroyed || this.#res.writableEnded) return;
    this.#res.write(frame);
    if (this.#res.writableLength > mostUnread) this.cut();
  }

  #remember(id: string): void {
    this.#readBack.add(id);
    this.#waiting?.delete(id);
    const [oldest] = this.#readBack;
    if (this.#readBack.size > mostReadBack && oldest !== undefined) this.#readBack.delete(oldest);
  }

  async #drained(): Promise<void> {
    const gone = new AbortController();
    const { signal } = gone;
    try {
      await Promise.race([once(this.#res, 'drain', { signal }), once(this.#res, 'close', { signal })]);
    } finally {
      gone.abort();
    }
  }
}
