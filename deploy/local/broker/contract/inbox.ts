import type { Channel, ConsumeMessage, GetMessage, Options } from 'amqplib';

/**
 * Waits until `probe` gives something, asking every few milliseconds; fails with `what` when it never does.
 */
export async function until<Value>(
  what: string,
  probe: () => Promise<Value | false | undefined> | Value | false | undefined,
): Promise<Value> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const value = await probe();
    if (value !== false && value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited in vain: ${what}`);
}

/** What a consumer was sent, in order. */
export class Inbox {
  readonly messages: ConsumeMessage[] = [];
  consumerTag = '';
  /** The broker has cancelled the consumer. */
  cancelled = false;

  get texts(): string[] {
    return this.messages.map(text);
  }

  /** Waits for `count` messages in all. */
  async arrived(count: number): Promise<ConsumeMessage[]> {
    return until(
      `${count} messages, not [${this.texts}]`,
      () => this.messages.length >= count && this.messages,
    );
  }

  /** Waits for the message at `index`, counted from 0. */
  async at(index: number): Promise<ConsumeMessage> {
    const message = (await this.arrived(index + 1))[index];
    if (message === undefined) throw new Error(`no message at ${index}`);
    return message;
  }
}

export async function consume(channel: Channel, queue: string, options?: Options.Consume): Promise<Inbox> {
  const inbox = new Inbox();
  const take = (message: ConsumeMessage | null) => {
    if (message === null) inbox.cancelled = true;
    else inbox.messages.push(message);
  };
  const { consumerTag } = await channel.consume(queue, take, options);
  inbox.consumerTag = consumerTag;
  return inbox;
}

/** Fetches the next message of a queue as soon as there is one. */
export async function fetch(channel: Channel, queue: string, options?: Options.Get): Promise<GetMessage> {
  return until(`a message in ${queue}`, () => channel.get(queue, options));
}

/** Fetches and acknowledges everything a queue holds. */
export async function drain(channel: Channel, queue: string): Promise<string[]> {
  const texts: string[] = [];
  for (let message = await channel.get(queue, { noAck: true }); message; ) {
    texts.push(text(message));
    message = await channel.get(queue, { noAck: true });
  }
  return texts;
}

export function text(message: { content: Buffer }): string {
  return message.content.toString();
}
