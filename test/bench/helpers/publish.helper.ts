import { type ConfirmChannel, connect } from 'amqplib';
import { serve } from './serve.ts';

/** So many confirms are under way at once: more only wait in the broker. */
const mostUnderWay = 100;

let channel: ConfirmChannel | undefined;

const commands = {
  async connect({ url }: { url: string }): Promise<void> {
    const model = await connect(url, { noDelay: true });
    channel = await model.createConfirmChannel();
  },
  /** Publishes persistent messages of so many octets, and waits for every confirm; tells how many a second it were. */
  async publish({
    exchange,
    routingKey,
    count,
    octets,
  }: {
    exchange: string;
    routingKey: string;
    count: number;
    octets: number;
  }): Promise<number> {
    const on = channel as ConfirmChannel;
    const body = Buffer.alloc(octets, 'a');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const began = performance.now();
    let sent = 0;
    let confirmed = 0;
    const send = () => {
      sent += 1;
      on.publish(exchange, routingKey, body, { persistent: true, mandatory: true }, (error) => {
        if (error) reject(error);
        confirmed += 1;
        if (confirmed === count) resolve();
        else if (sent < count) send();
      });
    };
    for (let first = 0; first < Math.min(mostUnderWay, count); first += 1) send();
    await promise;
    return (count / (performance.now() - began)) * 1_000;
  },
  /** Empties a queue, so that it weighs on nothing that is measured next. */
  async purge({ queue }: { queue: string }): Promise<void> {
    await (channel as ConfirmChannel).purgeQueue(queue);
  },
};
export type PublishCommands = typeof commands;

serve(commands);
