import { randomUUID } from 'node:crypto';
import { createEvent, createId, type LeadEvent, routingKeys } from '@meander/lead';
import { createLogger, type Database, inTransaction, openDatabase } from '@meander/runtime';
import { bookedEvent, createStack, type Stack, waitUntil } from '@meander/testing';
import { type ChannelModel, connect } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { append, createAttempts, createMessaging, exchanges, type Messaging, once, queues } from './index.ts';

const role = 'meander_notification';
const logger = createLogger('test', 'silent');

let stack: Stack;
let messaging: Messaging | undefined;
let db: Database;
let broker: ChannelModel;
let handled: LeadEvent[] = [];
let handle: (event: LeadEvent) => Promise<void>;

const config = () => ({
  AMQP_URL: stack.amqpUrl,
  AMQP_NAME_PREFIX: stack.namePrefix,
  DATABASE_URL: stack.databaseUrl,
});

const start = async (consumes = true) => {
  const made = createMessaging({
    config: config(),
    service: 'test',
    role,
    logger,
    consumers: consumes
      ? [
          {
            subscription: { queue: queues.confirmLead.name, attempts: createAttempts(db, 'test') },
            prefetch: 5,
            handle: (event) => handle(event),
          },
        ]
      : [],
  });
  await made.start();
  return made;
};

const commit = async (...events: LeadEvent[]) => {
  await stack.db.transaction(async (trx) => {
    for (const event of events) await append(trx, event);
  });
  messaging?.poke();
};

const unpublished = async () =>
  Number((await stack.db('messaging.outbox').whereNull('published_at').count())[0]?.count);

beforeAll(async () => {
  stack = await createStack();
  db = openDatabase({ url: stack.databaseUrl, role, poolSize: 2, applicationName: 'test' });
  broker = await connect(stack.amqpUrl);
  broker.on('error', () => {});
});

beforeEach(() => {
  handled = [];
  handle = async (event) => void handled.push(event);
});

afterEach(async () => {
  await messaging?.stop();
  messaging = undefined;
});

afterAll(async () => {
  await broker.close();
  await db.destroy();
  await stack.drop();
});

describe('the outbox', () => {
  it('delivers what was committed, in order, and marks it published', async () => {
    messaging = await start();
    const lead = randomUUID();
    const events = Array.from({ length: 30 }, () => bookedEvent(lead));
    await commit(...events);
    await waitUntil('all have arrived', () => handled.length >= 30);
    expect(handled.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    await waitUntil('all are marked', async () => (await unpublished()) === 0);
  });

  it('delivers a backlog of several batches once, in order, with what is committed meanwhile', async () => {
    const lead = randomUUID();
    const events = Array.from({ length: 3_200 }, () => bookedEvent(lead));
    await commit(...events.slice(0, 3_100));
    messaging = await start();
    await waitUntil('it has begun', () => handled.length > 0);
    await commit(...events.slice(3_100));
    await waitUntil('all are marked', async () => (await unpublished()) === 0);
    await waitUntil('all have arrived', () => handled.length >= events.length);
    expect(handled.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
  });

  it('lets what follows a crowd gather', async () => {
    messaging = await start();
    await commit(bookedEvent());
    await waitUntil('it relays', () => handled.length === 1);
    const began = performance.now();
    await commit(...Array.from({ length: 30 }, () => bookedEvent()));
    await waitUntil('the crowd has arrived', () => handled.length >= 31);
    let arrived = 0;
    handle = async () => {
      arrived = performance.now();
    };
    await commit(bookedEvent());
    await waitUntil('the next one has arrived', () => arrived > 0);
    expect(arrived - began).toBeGreaterThanOrEqual(50);
  });

  it('reads and marks by scans that clear the index of what they find to be no more', async () => {
    messaging = await start();
    for (let batch = 1; batch <= 10; batch += 1) {
      await commit(...Array.from({ length: 100 }, () => bookedEvent()));
      await waitUntil('they have arrived', () => handled.length >= batch * 100);
    }
    // A session tells at its end, at the latest, what it has read. A bitmap of what is in an index, which clears nothing,
    // counts as entries read, and not as rows fetched by them.
    await messaging.stop();
    const fetched = async (index: string) => {
      const row = await stack.db('pg_stat_user_indexes').where('indexrelname', index).first('idx_tup_fetch');
      return Number(row?.idx_tup_fetch);
    };
    for (const index of ['outbox_unpublished', 'outbox_pkey'])
      await waitUntil(`${index} has led to them`, async () => (await fetched(index)) >= 1_000, 5);
  });

  it('forgets what it has kept for its time, some at a time, and delivers meanwhile', async () => {
    const old = bookedEvent();
    const count = 12_000;
    await stack.db.raw(
      `INSERT INTO messaging.outbox (event_id, type, routing_key, subject, event, published_at)
       SELECT gen_random_uuid(), ?, ?, ?, ?::jsonb, now() - interval '8 days' FROM generate_series(1, ?)`,
      [old.type, routingKeys.LeadCreated, old.subject, JSON.stringify(old), count],
    );
    await stack.db.raw(`
      CREATE TABLE purged (rows int);
      CREATE FUNCTION note_purge() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
        INSERT INTO public.purged SELECT count(*) FROM gone;
        RETURN NULL;
      END $$;
      CREATE TRIGGER note_purge AFTER DELETE ON messaging.outbox REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION note_purge()`);
    const purged = async () => (await stack.db('purged').pluck('rows')).map(Number);
    messaging = await start();
    const fresh = bookedEvent();
    await commit(fresh);
    await waitUntil('the fresh one has arrived', () => handled.some(({ id }) => id === fresh.id));
    const left = stack
      .db('messaging.outbox')
      .where('published_at', '<', stack.db.raw(`now() - interval '7 days'`));
    await waitUntil('the old ones are gone', async () => (await left.clone().first('id')) === undefined);
    const rounds = await purged();
    expect(rounds.reduce((sum, rows) => sum + rows)).toBe(count);
    expect(Math.max(...rounds)).toBe(5_000);
  });

  it('delivers nothing of a transaction that was rolled back', async () => {
    messaging = await start();
    const ghost = bookedEvent();
    await expect(
      stack.db.transaction(async (trx) => {
        await append(trx, ghost);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    const real = bookedEvent();
    await commit(real);
    await waitUntil('the real one has arrived', () => handled.length > 0);
    expect(handled.map(({ id }) => id)).toEqual([real.id]);
  });

  it('keeps what was written while no relay ran', async () => {
    const event = bookedEvent();
    await commit(event);
    messaging = await start();
    await waitUntil('it has arrived', () => handled.some(({ id }) => id === event.id));
  });

  it('BRO-13 does not take an event as published that no queue took, and restores the binding', async () => {
    messaging = await start();
    await commit(bookedEvent());
    await waitUntil('the binding works', () => handled.length === 1);
    const channel = await broker.createChannel();
    const { name, routingKeys } = queues.confirmLead;
    for (const key of routingKeys) {
      await channel.unbindQueue(`${stack.namePrefix}${name}`, `${stack.namePrefix}${exchanges.leads}`, key);
    }
    const event = bookedEvent();
    await commit(event);
    await waitUntil('it has arrived all the same', () => handled.some(({ id }) => id === event.id));
    await channel.close();
  });

  it('BRO-05 opens its channel again when the exchange was deleted under it', async () => {
    messaging = await start();
    await commit(bookedEvent());
    await waitUntil('it works', () => handled.length === 1);
    const channel = await broker.createChannel();
    await channel.deleteExchange(`${stack.namePrefix}${exchanges.leads}`);
    const events = [bookedEvent(), bookedEvent()];
    await commit(...events);
    await waitUntil('both have arrived', () =>
      events.every(({ id }) => handled.some((event) => event.id === id)),
    );
    await channel.close();
  });

  it('is relayed by one of two relays, and by the other when the first ends', async () => {
    const first = await start(false);
    const second = await start();
    const before = bookedEvent();
    await commit(before);
    await waitUntil('the first event has arrived', () => handled.length === 1);
    await first.stop();
    const after = bookedEvent();
    await commit(after);
    await waitUntil('the second event has arrived', () => handled.length === 2);
    expect(handled.map(({ id }) => id)).toEqual([before.id, after.id]);
    await second.stop();
  });

  it('does not mind an event that nobody has to hear', async () => {
    messaging = await start();
    const id = randomUUID();
    await commit(
      createEvent('LeadErased', {
        id: createId(),
        time: new Date(),
        source: 'pipeline',
        leadId: id,
        data: { erased_at: new Date().toISOString(), erased_by: 'key:test' },
      }),
    );
    await waitUntil('it is marked', async () => (await unpublished()) === 0);
  });
});

describe('a consumer', () => {
  const deadLetter = async () => {
    const channel = await broker.createChannel();
    const message = await waitUntil('there is a dead letter', () =>
      channel.get(`${stack.namePrefix}${queues.dead.name}`, { noAck: true }),
    );
    await channel.close();
    return message;
  };

  const send = async (body: string) => {
    const channel = await broker.createConfirmChannel();
    channel.sendToQueue(`${stack.namePrefix}${queues.confirmLead.name}`, Buffer.from(body), {
      persistent: true,
    });
    await channel.waitForConfirms();
    await channel.close();
  };

  it('leaves what nobody can read to the durable queue that has it too: one letter, and one where there is no such queue', async () => {
    messaging = await start();
    const heard: LeadEvent[] = [];
    const listener = createMessaging({
      config: config(),
      service: 'test',
      role,
      logger,
      consumers: [
        { subscription: { own: ['lead.#'] }, prefetch: 5, handle: async (event) => void heard.push(event) },
      ],
    });
    await listener.start();
    await waitUntil('it listens', () =>
      listener
        .dependency(true)
        .check()
        .then(
          () => true,
          () => false,
        ),
    );
    const channel = await broker.createConfirmChannel();
    try {
      for (const key of ['lead.created', 'lead.erased'])
        channel.publish(`${stack.namePrefix}${exchanges.leads}`, key, Buffer.from(`{"${key}":`));
      await channel.waitForConfirms();
      const letters = [await deadLetter(), await deadLetter()].map(({ content, properties }) => [
        content.toString(),
        properties.headers?.['x-dead-queue'],
      ]);
      expect(letters.sort()).toEqual([
        ['{"lead.created":', queues.confirmLead.name],
        ['{"lead.erased":', 'test:own'],
      ]);
      const event = bookedEvent();
      await commit(event);
      await waitUntil('the listener has passed them', () => heard.some(({ id }) => id === event.id));
      expect(await channel.get(`${stack.namePrefix}${queues.dead.name}`, { noAck: true })).toBe(false);
    } finally {
      await channel.close();
      await listener.stop();
    }
  });

  it.each([
    ['BRO-09 broken JSON', '{"id":', 'not-json'],
    ['JSON that is no event', '[1]', 'not-a-cloudevent'],
    ['an unknown type', JSON.stringify({ ...bookedEvent(), type: 'LeadSneezed' }), 'unknown-type'],
    [
      'an unknown version',
      JSON.stringify({ ...bookedEvent(), dataschema: 'urn:meander:event:LeadCreated:9' }),
      'unknown-version',
    ],
    [
      'data without what it needs',
      JSON.stringify({ ...bookedEvent(), data: { version: 1 } }),
      'invalid-data',
    ],
  ])('puts %s aside with the reason, and goes on', async (_what, body, reason) => {
    messaging = await start();
    await send(body);
    const message = await deadLetter();
    expect(message.content.toString()).toBe(body);
    expect(message.properties.headers).toMatchObject({
      'x-dead-reason': reason,
      'x-dead-queue': queues.confirmLead.name,
    });
    const event = bookedEvent();
    await commit(event);
    await waitUntil('the good one is handled', () => handled.some(({ id }) => id === event.id));
  });

  it('takes an event whose data tells more than is known here', async () => {
    messaging = await start();
    const event = bookedEvent();
    const more = { ...event, data: { ...event.data, weather: 'fine' }, partitionkey: 'x' };
    await send(JSON.stringify(more));
    await waitUntil('it is handled', () => handled.length === 1);
    expect(handled[0]).toEqual(more);
  });

  it('tries again when the handler fails, and acknowledges once it succeeds', async () => {
    let tries = 0;
    handle = async (event) => {
      tries += 1;
      if (tries < 3) throw new Error('not yet');
      handled.push(event);
    };
    messaging = await start();
    await commit(bookedEvent());
    await waitUntil('it is handled', () => handled.length === 1);
    expect(tries).toBe(3);
  });

  it('puts a message aside whose handler always fails, and goes on with its neighbours', async () => {
    const poison = bookedEvent();
    handle = async (event) => {
      if (event.id === poison.id) throw new TypeError('always');
      handled.push(event);
    };
    messaging = await start();
    const good = bookedEvent();
    await commit(poison, good);
    await waitUntil('the neighbour is handled', () => handled.length === 1);
    const message = await deadLetter();
    expect(message.properties.headers).toMatchObject({ 'x-dead-reason': 'handler-failed' });
    expect(JSON.parse(message.content.toString()).id).toBe(poison.id);
  });

  it('waits while the database is away, however long, and sets nothing aside', async () => {
    let tries = 0;
    handle = async (event) => {
      tries += 1;
      if (tries < 6) throw Object.assign(new Error('away'), { code: '57P01' });
      handled.push(event);
    };
    messaging = await start();
    await commit(bookedEvent());
    await waitUntil('it is handled', () => handled.length === 1);
    expect(tries).toBe(6);
  });

  it('comes back when its queue was deleted', async () => {
    messaging = await start();
    await commit(bookedEvent());
    await waitUntil('it works', () => handled.length === 1);
    const channel = await broker.createChannel();
    await channel.deleteQueue(`${stack.namePrefix}${queues.confirmLead.name}`);
    await channel.close();
    const event = bookedEvent();
    await commit(event);
    await waitUntil('it consumes again', () => handled.some(({ id }) => id === event.id));
  });

  it('BRO-11 does its work once for an event that arrives twice', async () => {
    handle = (event) =>
      inTransaction(db, (trx) => once(trx, 'test', event.id, async () => void handled.push(event)));
    messaging = await start();
    const event = bookedEvent();
    const other = bookedEvent();
    await send(JSON.stringify(event));
    await send(JSON.stringify(event));
    await send(JSON.stringify(other));
    await waitUntil('the last one is handled', () => handled.some(({ id }) => id === other.id));
    await messaging.stop();
    messaging = undefined;
    expect(handled.filter(({ id }) => id === event.id)).toHaveLength(1);
  });
});
