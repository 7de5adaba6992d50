import type { LeadEvent } from '@meander/lead';
import { createLogger, type Database, inTransaction, openDatabase } from '@meander/runtime';
import { bookedEvent, type Cable, createStack, layCable, type Stack, waitUntil } from '@meander/testing';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAttempts, mostDeaths } from './attempts.ts';
import { type Consumer, type Handler, startConsumer } from './consumer.ts';
import { once } from './inbox.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { createNames, type Names, queues } from './topology.ts';

const queue = queues.confirmLead.name;
const logger = createLogger('test', 'silent');

let stack: Stack;
let db: Database;
let names: Names;
let broker: ChannelModel;
let channel: ConfirmChannel;
let publisher: Publisher;
/** What undoes the test, the last first. */
let undo: (() => Promise<unknown>)[];
/** What a dead process has in hand, it has for ever; but the test comes to an end. */
let forEver: PromiseWithResolvers<void>;

beforeEach(async () => {
  stack = await createStack();
  names = createNames(stack.namePrefix);
  db = openDatabase({
    ...{ url: stack.databaseUrl, role: 'meander_notification', poolSize: 5, applicationName: 'test' },
  });
  broker = await connect(stack.amqpUrl);
  channel = await broker.createConfirmChannel();
  publisher = createPublisher({ model: broker }, names);
  undo = [];
  forEver = Promise.withResolvers();
});

afterEach(async () => {
  forEver.resolve();
  for (const one of undo.reverse()) await one();
  await broker.close();
  await db.destroy();
  await stack.drop();
});

const send = (...events: LeadEvent[]) =>
  publisher.publish(
    events.map((event) => ({
      ...{ id: event.id, exchange: '', routingKey: queue, type: event.type, mandatory: true, headers: {} },
      ...{ body: Buffer.from(JSON.stringify(event)), contentType: 'application/json' },
    })),
  );

/** A process as the others see it: it has its own line to the broker, and knows what it has begun. */
async function live(handle: Handler): Promise<{ line: Cable; consumer: Consumer }> {
  const line = await layCable(stack.amqpUrl);
  undo.push(() => line.remove());
  const consumer = await startConsumer({
    ...{ broker: { url: line.url }, name: 'test', names, prefetch: 5, handle, publisher, logger },
    subscription: { queue, attempts: createAttempts(db, queue) },
  });
  undo.push(() => consumer.stop());
  return { line, consumer };
}

const letters = async () => (await channel.checkQueue(names(queues.dead.name))).messageCount;
const attempts = () => db('messaging.attempts').select('message_id', 'begun', 'set_aside_at');

describe('a message that ends its consumer', () => {
  it('is set aside after five deaths, and what was in hand with it is done once and kept', async () => {
    const killer = bookedEvent();
    const innocent = Array.from({ length: 8 }, bookedEvent);
    const done: string[] = [];
    /** For each death, how many others were being handled in the same process. */
    const deaths: number[] = [];
    /** Each ends at the killer: from then on it does nothing more, and its connection is gone. */
    const begin = async () => {
      let dead = false;
      let beside = 0;
      const { line } = await live(async (event) => {
        if (event.id === killer.id) {
          dead = true;
          deaths.push(beside);
          line.pull();
          void begin();
        }
        if (dead) return forEver.promise;
        beside += 1;
        await inTransaction(db, (trx) => once(trx, queue, event.id, async () => void done.push(event.id)));
        beside -= 1;
      });
    };
    await begin();
    await send(...innocent.slice(0, 3), killer, ...innocent.slice(3));
    await waitUntil('it is set aside', async () => (await letters()) > 0);
    await waitUntil('the innocent are done', () => done.length >= innocent.length);

    expect(deaths).toHaveLength(mostDeaths);
    expect(deaths.slice(1)).toEqual([0, 0, 0, 0]);
    expect(done.toSorted()).toEqual(innocent.map(({ id }) => id).toSorted());
    const letter = await channel.get(names(queues.dead.name), { noAck: true });
    if (letter === false) throw new Error('no letter');
    expect(letter.properties.messageId).toBe(killer.id);
    expect(letter.properties.headers).toMatchObject({
      'x-dead-reason': 'consumer-died',
      'x-dead-queue': queue,
    });
    expect(await letters()).toBe(0);
    await waitUntil('nothing else is remembered', async () => (await attempts()).length === 1);
    expect(await attempts()).toEqual([
      { message_id: killer.id, begun: mostDeaths, set_aside_at: expect.any(Date) },
    ]);
  });
});

describe('an outage', () => {
  const away = Object.assign(new Error('away'), { code: '57P01' });

  it('of database and broker sets nothing aside, however often the line is lost, nor does a restart meanwhile', async () => {
    const event = bookedEvent();
    let tries = 0;
    let over = false;
    const handle = async () => {
      tries += 1;
      if (!over) throw away;
    };
    const { line, consumer } = await live(handle);
    await send(event);
    for (let cuts = 1; cuts <= mostDeaths + 1; cuts += 1) {
      const before = tries;
      await waitUntil('it is tried', () => tries > before);
      line.cut();
    }
    await waitUntil('it is tried once more', async () => (await attempts())[0]?.begun === 1);
    await consumer.stop();
    expect(await attempts()).toEqual([{ message_id: event.id, begun: 0, set_aside_at: null }]);
    over = true;
    await live(handle);
    await waitUntil('it is done, and forgotten', async () => {
      const { messageCount } = await channel.checkQueue(names(queue));
      return messageCount === 0 && (await attempts()).length === 0;
    });
    expect(await letters()).toBe(0);
  });

  it('of long does not bring a message to the 20 returns that RabbitMQ 4 gives it', async () => {
    const event = bookedEvent();
    await send(event);
    const returns = async () => {
      const message = await waitUntil('it is there', () => channel.get(names(queue)));
      channel.nack(message, false, true);
      return Number(message.properties.headers?.['x-delivery-count'] ?? 0);
    };
    for (let time = 1; time <= 11; time += 1) await returns();
    let tries = 0;
    const { line } = await live(async () => {
      tries += 1;
      throw away;
    });
    await waitUntil('it is tried', () => tries > 0);
    line.pull();
    expect(await returns()).toBeLessThan(3);
    expect(await letters()).toBe(0);
  });
});
