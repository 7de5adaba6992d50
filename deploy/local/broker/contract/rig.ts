import { randomBytes } from 'node:crypto';
import { type ChannelModel, type ConfirmChannel, connect, type Options } from 'amqplib';

/** On a shared RabbitMQ nothing of another run, or of anybody else, may be touched. */
const RUN = `contract-${randomBytes(4).toString('hex')}`;
let lastName = 0;

export function uniqueName(kind: string): string {
  lastName += 1;
  return `${RUN}:${kind}:${lastName}`;
}

/** What one test uses of a broker: it notes what is made, so that all of it can be taken away again. */
export class Rig {
  readonly url: string;
  readonly #connections: ChannelModel[] = [];
  readonly #queues: string[] = [];
  readonly #exchanges: string[] = [];

  constructor(url: string) {
    this.url = url;
  }

  async connect(url = this.url): Promise<ChannelModel> {
    const connection = await connect(url, { noDelay: true });
    connection.on('error', () => {});
    this.#connections.push(connection);
    return connection;
  }

  /** A confirm channel; on a connection of its own when none is given. */
  async channel(connection?: ChannelModel): Promise<ConfirmChannel> {
    const channel = await (connection ?? (await this.connect())).createConfirmChannel();
    channel.on('error', () => {});
    return channel;
  }

  /** A durable queue under a name of this run. */
  async queue(channel: ConfirmChannel, options: Options.AssertQueue = {}): Promise<string> {
    const name = uniqueName('queue');
    this.#queues.push(name);
    await channel.assertQueue(name, { durable: true, ...options });
    return name;
  }

  /** Quorum queues are what the services use. */
  async quorumQueue(channel: ConfirmChannel, args: Record<string, unknown> = {}): Promise<string> {
    return this.queue(channel, { arguments: { 'x-queue-type': 'quorum', ...args } });
  }

  /** A durable exchange under a name of this run. */
  async exchange(
    channel: ConfirmChannel,
    type: string,
    options: Options.AssertExchange = {},
  ): Promise<string> {
    const name = uniqueName('exchange');
    this.#exchanges.push(name);
    await channel.assertExchange(name, type, { durable: true, ...options });
    return name;
  }

  /** A queue bound to an exchange by each of the patterns. */
  async bound(channel: ConfirmChannel, exchange: string, ...patterns: string[]): Promise<string> {
    const queue = await this.queue(channel);
    for (const pattern of patterns) await channel.bindQueue(queue, exchange, pattern);
    return queue;
  }

  async cleanUp(): Promise<void> {
    // Some are closed already, by the test or by the broker.
    await Promise.allSettled(this.#connections.map(async (connection) => connection.close()));
    const connection = await connect(this.url, { noDelay: true });
    const channel = await connection.createChannel();
    for (const queue of this.#queues) await channel.deleteQueue(queue);
    for (const exchange of this.#exchanges) await channel.deleteExchange(exchange);
    await connection.close();
  }
}
