import { type ChildProcess, spawn } from 'node:child_process';
import { once as onceEmitted } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LeadEvent } from '@meander/lead';
import { createLogger, inTransaction, openDatabase } from '@meander/runtime';
import { bookedEvent, createStack, layCable, type Stack, waitUntil } from '@meander/testing';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createAttempts } from './attempts.ts';
import type { BrokerAccess } from './connection.ts';
import { startConsumer } from './consumer.ts';
import { once } from './inbox.ts';
import { DeskTakenError, openLetterBox } from './letter-box.ts';
import { createPublisher } from './publisher.ts';
import { createNames, exchanges, type Names, queues } from './topology.ts';

const confirm = queues.confirmLead.name;
let stack: Stack;
let names: Names;
let access: BrokerAccess;
let broker: ChannelModel;
let channel: ConfirmChannel;

beforeAll(async () => {
  stack = await createStack();
  names = createNames(stack.namePrefix);
  access = { url: stack.amqpUrl };
});
afterAll(() => stack.drop());
beforeEach(async () => {
  broker = await connect(stack.amqpUrl);
  broker.on('error', () => {});
  channel = await broker.createConfirmChannel();
  await (await openLetterBox(access, names)).close();
});
afterEach(async () => {
  await channel.purgeQueue(names(queues.dead.name));
  await channel.purgeQueue(names(confirm));
  await broker.close();
});

const messageOf = (event: LeadEvent) => Buffer.from(JSON.stringify(event));

async function setAside(...events: LeadEvent[]): Promise<void> {
  for (const event of events)
    channel.publish(names(exchanges.dead), 'lead.created', messageOf(event), {
      ...{ persistent: true, messageId: event.id },
      headers: { 'x-dead-reason': 'handler-failed', 'x-dead-queue': confirm },
    });
  await channel.waitForConfirms();
}

const waiting = async (queue: string) => (await channel.checkQueue(names(queue))).messageCount;

/** `npm run dead-letters -- replay --all`, as a process of its own. */
const replayAll = (amqpUrl: string): ChildProcess =>
  spawn(
    process.execPath,
    [fileURLToPath(new URL('dead-letters.cli.ts', import.meta.url)), 'replay', '--all'],
    { env: { ...process.env, ...stack.env, AMQP_URL: amqpUrl }, stdio: 'ignore' },
  );

it('is one desk’s at a time, and free again when that one has closed', async () => {
  const event = bookedEvent();
  await setAside(event);
  const first = await openLetterBox(access, names);
  await expect(openLetterBox(access, names)).rejects.toThrow(DeskTakenError);
  expect(first.letters.map(({ id }) => id)).toEqual([event.id]);
  await first.close();
  const second = await openLetterBox(access, names);
  expect(second.letters.map(({ id }) => id)).toEqual([event.id]);
  await second.close();
});

it('holds what the broker itself gave up on, with its reason, and sends it where it came from', async () => {
  const event = bookedEvent();
  channel.sendToQueue(names(confirm), messageOf(event), {
    persistent: true,
    headers: { traceparent: 'kept' },
  });
  const refused = await waitUntil('it is there', () => channel.get(names(confirm)));
  channel.nack(refused, false, false);
  await waitUntil('the broker has dead-lettered it', async () => (await waiting(queues.dead.name)) === 1);
  const box = await openLetterBox(access, names);
  const [letter] = box.letters;
  expect(letter).toMatchObject({ id: event.id, reason: 'rejected', queue: confirm, type: 'LeadCreated' });
  expect(Date.parse(letter?.setAsideAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
  expect(letter && (await box.replay(letter))).toBe(true);
  await box.close();
  const back = await waitUntil('it is back', () => channel.get(names(confirm), { noAck: true }));
  expect(back.content).toEqual(messageOf(event));
  // RabbitMQ counts deliveries in a header of its own.
  const { 'x-delivery-count': _, ...headers } = back.properties.headers ?? {};
  expect(headers).toEqual({ traceparent: 'kept' });
});

it('sends a letter to no other queue, though its sender named one beside (CC)', async () => {
  const { queue: beside } = await channel.assertQueue('', { exclusive: true });
  const event = bookedEvent();
  channel.publish(names(exchanges.dead), 'lead.created', messageOf(event), {
    ...{ persistent: true, messageId: event.id },
    headers: { 'x-dead-reason': 'handler-failed', 'x-dead-queue': confirm, CC: [beside] },
  });
  await channel.waitForConfirms();
  const box = await openLetterBox(access, names);
  const [letter] = box.letters;
  expect(letter && (await box.replay(letter))).toBe(true);
  await box.close();
  expect(await waiting(confirm)).toBe(1);
  expect(await channel.checkQueue(beside)).toMatchObject({ messageCount: 0 });
});

it('loses nothing and does nothing twice when a replay is killed half-way and run again', async () => {
  const events = Array.from({ length: 40 }, bookedEvent);
  await setAside(...events);
  const line = await layCable(stack.amqpUrl);
  // Slow enough to be met at work, by a busy machine as well: each letter takes several pieces.
  line.slow(50);
  const killed = replayAll(line.url);
  await waitUntil('it is at work', async () => (await waiting(confirm)) > 2);
  killed.kill('SIGKILL');
  await onceEmitted(killed, 'exit');
  await line.remove();
  const left = await waitUntil('the rest is back', () => waiting(queues.dead.name));
  expect(left).toBeLessThan(events.length);
  const [code] = await onceEmitted(replayAll(stack.amqpUrl), 'exit');
  expect(code).toBe(0);
  expect(await waiting(queues.dead.name)).toBe(0);

  const db = openDatabase({
    ...{ url: stack.databaseUrl, role: 'meander_notification', poolSize: 5, applicationName: 'test' },
  });
  const done: string[] = [];
  const consumer = await startConsumer({
    ...{ broker: access, name: 'test', names, prefetch: 5, logger: createLogger('test', 'silent') },
    subscription: { queue: confirm, attempts: createAttempts(db, confirm) },
    publisher: createPublisher({ model: broker }, names),
    handle: ({ id }) => inTransaction(db, (trx) => once(trx, confirm, id, async () => void done.push(id))),
  });
  await waitUntil(
    'all are handled',
    async () => done.length >= events.length && (await waiting(confirm)) === 0,
  );
  await consumer.stop();
  await db.destroy();
  expect(done.toSorted()).toEqual(events.map(({ id }) => id).toSorted());
});
