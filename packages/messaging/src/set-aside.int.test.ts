import type { LeadEvent } from '@meander/lead';
import { createLogger, type Database, type Logger, openDatabase } from '@meander/runtime';
import { bookedEvent, type Cable, createStack, layCable, type Stack, waitUntil } from '@meander/testing';
import { type ChannelModel, type ConfirmChannel, connect, type Options } from 'amqplib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAttempts } from './attempts.ts';
import { openConnection } from './connection.ts';
import { startConsumer } from './consumer.ts';
import { openLetterBox } from './letter-box.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { createNames, exchanges, type Names, queues } from './topology.ts';

const queue = queues.confirmLead.name;
const silent = createLogger('test', 'silent');

let stack: Stack;
let db: Database;
let names: Names;
let broker: ChannelModel;
let channel: ConfirmChannel;
let publisher: Publisher;
/** What undoes the test, the last first. */
let undo: (() => Promise<unknown>)[];

beforeEach(async () => {
  stack = await createStack();
  names = createNames(stack.namePrefix);
  db = openDatabase({
    ...{ url: stack.databaseUrl, role: 'meander_notification', poolSize: 5, applicationName: 'test' },
  });
  broker = await connect(stack.amqpUrl);
  broker.on('error', () => {});
  channel = await broker.createConfirmChannel();
  publisher = createPublisher({ model: broker }, names);
  undo = [];
  await (await openLetterBox({ url: stack.amqpUrl }, names)).close();
});

afterEach(async () => {
  for (const one of undo.reverse()) await one();
  await broker.close();
  await db.destroy();
  await stack.drop();
});

const send = async (content: string | Buffer, options: Options.Publish = {}) => {
  channel.sendToQueue(names(queue), Buffer.from(content), { persistent: true, ...options });
  await channel.waitForConfirms();
};

/** Lets the broker deliver all that waits once, and puts it back: it was in hand when a process went. */
async function letComeBack(count: number): Promise<void> {
  const held = [];
  for (let at = 0; at < count; at += 1)
    held.push(await waitUntil('it is there', () => channel.get(names(queue))));
  for (const message of held.reverse()) channel.nack(message, false, true);
  await waitUntil('all are back', async () => (await waiting(queue)) === count);
}

async function consume({ by = publisher }: { by?: Publisher } = {}) {
  const handled: LeadEvent[] = [];
  const said: { about: unknown; text: string }[] = [];
  const keep = (about: unknown, text: string) => void said.push({ about, text });
  const logger = { ...silent, info: () => {}, warn: keep, error: keep } as unknown as Logger;
  const consumer = await startConsumer({
    ...{ broker: { url: stack.amqpUrl }, name: 'test', names, prefetch: 5, publisher: by },
    ...{ subscription: { queue, attempts: createAttempts(db, queue) }, logger },
    handle: async (event) => void handled.push(event),
  });
  undo.push(() => consumer.stop());
  return { consumer, said, has: ({ id }: LeadEvent) => handled.some((event) => event.id === id) };
}

/** Publishes on a line of its own, which a test may slow or freeze. */
async function publishThroughCable(): Promise<{ line: Cable; by: Publisher }> {
  const line = await layCable(stack.amqpUrl);
  undo.push(() => line.remove());
  const connection = await openConnection({ url: line.url, name: 'test-publish', logger: silent });
  undo.push(() => connection.close());
  return { line, by: createPublisher(connection, names) };
}

const waiting = async (name: string) => (await channel.checkQueue(names(name))).messageCount;
const takeFrom = (name: string) =>
  waitUntil(`there is a message in ${name}`, () => channel.get(names(name), { noAck: true }));
/** Without what RabbitMQ counts in a header of its own. */
const headersOf = ({ properties }: { properties: { headers?: Record<string, unknown> | undefined } }) => {
  const { 'x-delivery-count': _, ...headers } = properties.headers ?? {};
  return headers;
};

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

describe('a message that nobody can read, with headers that cannot be written again', () => {
  it.each<[string, Record<string, unknown>]>([
    ['more than fit beside the reason', { x: 'y'.repeat(65_400) }],
    ['a number out of range', { x: [{ '!': 'double', value: -1e300 }] }],
    ['a time out of range', { x: { '!': 'timestamp', value: 2n ** 64n - 1n } }],
    ['a table that looks like a type', { x: { '!': 'object', value: { '!': 'sneeze' } } }],
  ])('BRO-09 is a dead letter without them, and others pass: %s', async (_what, headers) => {
    await send('{"id":', { headers: { ...headers, traceparent } });
    await letComeBack(1);
    const { has } = await consume();
    const event = bookedEvent();
    await send(JSON.stringify(event));
    await waitUntil('the other is handled', () => has(event));
    const letter = await takeFrom(queues.dead.name);
    expect(letter.content.toString()).toBe('{"id":');
    expect(headersOf(letter)).toEqual({
      ...{ traceparent, 'x-headers-left-out': true },
      ...{ 'x-dead-reason': 'not-json', 'x-dead-queue': queue, 'x-dead-at': expect.any(String) },
    });
    expect(await waiting(queue)).toBe(0);
    await waitUntil('nothing is remembered of it', async () => {
      const [row] = await db('messaging.attempts').limit(1);
      return row === undefined;
    });
  });

  it('is replayed, and kept in its place, without them as well', async () => {
    const dead = { 'x-dead-reason': 'not-json', 'x-dead-queue': queue, traceparent };
    const letters = [bookedEvent(), bookedEvent()];
    for (const { id } of letters)
      channel.publish(names(exchanges.dead), 'lead.created', Buffer.from('{"id":'), {
        ...{ persistent: true, messageId: id, headers: { ...dead, x: { '!': 'double', value: -1e300 } } },
      });
    await channel.waitForConfirms();
    // So often that the box puts fresh copies in their place.
    for (let returns = 1; returns <= 10; returns += 1) {
      const held = [];
      for (const _ of letters)
        held.push(await waitUntil('it is there', () => channel.get(names(queues.dead.name))));
      for (const message of held) channel.nack(message, false, true);
    }
    const box = await openLetterBox({ url: stack.amqpUrl }, names);
    const [first] = box.letters;
    expect(first && (await box.replay(first))).toBe(true);
    await box.close();
    expect(headersOf(await takeFrom(queue))).toEqual({ traceparent, 'x-headers-left-out': true });
    const kept = await takeFrom(queues.dead.name);
    expect(headersOf(kept)).toMatchObject({ 'x-dead-reason': 'not-json', 'x-dead-queue': queue });
  });
});

it('a name or type that cannot be written again is left out, and its message is published', async () => {
  const long = 'ø'.repeat(200);
  const confirmed = await publisher.publish([
    {
      ...{ id: long, exchange: exchanges.dead, routingKey: long, type: long, contentType: long },
      ...{
        body: Buffer.from('x'),
        headers: {},
        bareHeaders: { 'x-headers-left-out': true },
        mandatory: true,
      },
    },
  ]);
  expect([...confirmed]).toEqual([long]);
  expect(headersOf(await takeFrom(queues.dead.name))).toEqual({ 'x-headers-left-out': true });
});

it('headers of every type are the same when a message was set aside and replayed', async () => {
  const headers = {
    ...{ traceparent, text: 'blåbær', none: null, yes: true, bytes: Buffer.from([0, 255, 10]) },
    ...{ small: -1, large: 2 ** 40, fraction: 0.5, list: ['a', 1, [true, null], { deep: { deeper: 'x' } }] },
    when: { '!': 'timestamp', value: 1_800_000_000 },
    price: { '!': 'decimal', value: { places: 2, digits: 1999 } },
    table: { when: { '!': 'timestamp', value: 1 }, bytes: Buffer.from('x') },
  };
  await send('{"id":', { headers });
  const { consumer } = await consume();
  await waitUntil('it is set aside', async () => (await waiting(queues.dead.name)) === 1);
  await consumer.stop();
  const box = await openLetterBox({ url: stack.amqpUrl }, names);
  const [letter] = box.letters;
  expect(letter && (await box.replay(letter))).toBe(true);
  await box.close();
  expect(headersOf(await takeFrom(queue))).toEqual(headers);
});

it('a body as large as RabbitMQ 4 takes is set aside once over a slow line, and replayed', async () => {
  const body = Buffer.alloc(16 * 2 ** 20, 'x');
  const { line, by } = await publishThroughCable();
  await by.publish([]);
  await send(body);
  // Longer, for all the pieces together, than a small message is given.
  line.slow(22);
  const { consumer, said } = await consume({ by });
  await waitUntil('it is set aside', () => said.some(({ text }) => text === 'message set aside'));
  await consumer.stop();
  expect(said).toHaveLength(1);
  expect([await waiting(queue), await waiting(queues.dead.name)]).toEqual([0, 1]);
  const box = await openLetterBox({ url: stack.amqpUrl }, names);
  const [letter] = box.letters;
  expect(letter && (await box.replay(letter))).toBe(true);
  await box.close();
  expect((await takeFrom(queue)).content.equals(body)).toBe(true);
});

it('holds up nothing, and says so once, while it cannot be set aside', async () => {
  const { line, by } = await publishThroughCable();
  const [another, fresh] = [bookedEvent(), bookedEvent()];
  await send('{"id":', { messageId: 'poison' });
  await send(JSON.stringify(another));
  await letComeBack(2);
  await by.publish([]);
  line.freeze();
  const { has, said } = await consume({ by });
  await send(JSON.stringify(fresh));
  await waitUntil('what came back with it is handled', () => has(another));
  await waitUntil('what came after it is handled', () => has(fresh));
  const about = { queue, message_id: 'poison', reason: 'not-json' };
  await waitUntil('its first refusal is told', () => said.length > 0);
  expect(await waiting(queues.dead.name)).toBe(0);
  line.plugIn();
  const letter = await takeFrom(queues.dead.name);
  expect(letter.properties.messageId).toBe('poison');
  await waitUntil('that is told as well', () => said.length > 1);
  expect(said).toEqual([
    { about, text: 'message not set aside yet' },
    { about, text: 'message set aside' },
  ]);
});
