/**
 * amqplib's `recovery` against a broker that goes and comes back: what our services rely on, and the two
 * traps in it that they have to step around. A test here that fails after an update of amqplib says that its
 * behaviour has changed.
 */
import { freePort } from '@meander/testing';
import { type ChannelModel, type ConfirmChannel, connect, type RecoveringChannelModel } from 'amqplib';
import { afterEach, expect, test } from 'vitest';
import { text, until } from './contract/inbox.ts';
import { startRelay } from './contract/severable-relay.ts';
import { type Broker, startBroker } from './index.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(port: number): Promise<Broker> {
  const broker = await startBroker({ port });
  open.push(broker);
  return broker;
}

/** Connects without waiting, and notes the events. */
async function recovering(url: string, setup: (model: ChannelModel) => Promise<void>) {
  const recovery = { initialDelay: 10, maxDelay: 50, waitForConnect: false, setup };
  const connection: RecoveringChannelModel = await connect(url, { noDelay: true, recovery });
  open.push(connection);
  const events: string[] = [];
  for (const name of ['connect', 'disconnect', 'connect-failed', 'error']) {
    connection.on(name, () => events.push(name));
  }
  return { connection, events };
}

test('after the broker was stopped and started, setup runs again and its consumers are served', async () => {
  const broker = await start(await freePort());
  const texts: string[] = [];
  let channel: ConfirmChannel | undefined;
  const { events, connection } = await recovering(broker.url, async (model) => {
    channel = await model.createConfirmChannel();
    await channel.assertQueue('work', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.consume('work', (message) => void (message && texts.push(text(message))));
  });
  await connection.waitForConnect();
  channel?.sendToQueue('work', Buffer.from('before'));
  await until('the first message', () => texts.length === 1);

  await broker.close();
  await until('an attempt to connect has failed', () => events.includes('connect-failed'));
  await start(broker.port);
  await until('it is connected again', () => events.filter((event) => event === 'connect').length === 2);
  channel?.sendToQueue('work', Buffer.from('after'));
  await until('the second message', () => texts.length === 2);
  expect(texts).toEqual(['before', 'after']);
  // The broker said goodbye (320), so there was no error. A connection that is cut has one, before its
  // disconnect.
  expect(events.filter((event) => event !== 'connect-failed')).toEqual(['connect', 'disconnect', 'connect']);
});

test('a broker that is away at first is waited for, and so is a setup that fails', async () => {
  const port = await freePort();
  let attempts = 0;
  const { events, connection } = await recovering(`amqp://127.0.0.1:${port}`, async () => {
    attempts += 1;
    if (attempts < 3) throw new Error('not yet');
  });
  const channel = connection.createChannel();
  await until('an attempt to connect has failed', () => events.includes('connect-failed'));
  expect(attempts).toBe(0);
  await start(port);
  // Calls made meanwhile wait for the connection.
  await (await channel).checkExchange('amq.topic');
  expect(attempts).toBe(3);
});

test('a connection lost during setup is noticed only by a setup that looks', async () => {
  const broker = await start(0);
  const relay = await startRelay(broker.url);
  let attempts = 0;
  const { events } = await recovering(relay.url, async (model) => {
    attempts += 1;
    let lost: Error | undefined;
    // Without this listener the loss is an uncaught exception: recovery listens only once setup is done.
    model.on('error', () => {});
    model.on('close', (reason) => {
      lost = reason ?? new Error('closed');
    });
    if (attempts === 1) await relay.sever();
    await until('the loss', () => lost !== undefined || attempts > 1);
    // Without this line `connect` would be emitted for a dead connection, and nothing would ever mend it.
    if (lost !== undefined) throw lost;
  });
  await until(
    'it counts as failed and is tried again',
    () => events.filter((e) => e === 'connect-failed').length > 1,
  );
  expect(events).not.toContain('connect');
});
