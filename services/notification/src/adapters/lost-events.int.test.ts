import { type LeadEvent, routingKeys } from '@meander/lead';
import { createAttempts, queues } from '@meander/messaging';
import { type Database, openDatabase } from '@meander/runtime';
import { bookedEvent, createStack, type Stack } from '@meander/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LostEvents } from '../handlers/sweep-events.ts';
import { createLostEvents } from './lost-events.ts';

const consumer = queues.confirmLead.name;
let stack: Stack;
let db: Database;

beforeAll(async () => {
  stack = await createStack();
  db = openDatabase({
    ...{ url: stack.databaseUrl, role: 'meander_notification', poolSize: 2, applicationName: 'test' },
  });
});
afterAll(async () => {
  await db.destroy();
  await stack.drop();
});

/** An event that was committed so many minutes ago. */
async function committed(minutes: number): Promise<LeadEvent> {
  const event = bookedEvent();
  await stack.db('messaging.outbox').insert({
    ...{ event_id: event.id, type: event.type, routing_key: routingKeys.LeadCreated },
    ...{ subject: event.subject, event: JSON.stringify(event) },
    created_at: stack.db.raw(`clock_timestamp() - make_interval(mins => ?)`, [minutes]),
  });
  return event;
}

/** Sweeps once; `heals` tells whether an event can be handled, and so is in the inbox. Tells what was found, in its order. */
async function sweep(
  lostEvents: LostEvents,
  heals: (id: string) => boolean = () => true,
  stop = new AbortController(),
): Promise<string[]> {
  const found: string[] = [];
  await lostEvents.sweep(async ({ event }) => {
    found.push(event.id);
    if (!heals(event.id)) return false;
    await stack.db('messaging.inbox').insert({ consumer, event_id: event.id });
    return true;
  }, stop.signal);
  return found;
}

it('finds what nobody has seen and nobody has given up', async () => {
  const [lost, , seen, tried, givenUp] = [
    ...[await committed(11), await committed(1), await committed(11)],
    ...[await committed(11), await committed(11)],
  ];
  await stack.db('messaging.inbox').insert({ consumer, event_id: seen?.id });
  const attempts = createAttempts(db, consumer);
  for (const event of [tried, givenUp]) await attempts.begin(String(event?.id));
  await attempts.giveUp(String(givenUp?.id));
  expect(await sweep(createLostEvents(db))).toEqual([lost?.id, tried?.id]);
});

it('finds it in an outbox of any size, and again until it is healed', async () => {
  // Half a minute apart, so that several windows and several overlaps hold them.
  const { id: _id, ...event } = bookedEvent();
  await stack.db.raw(
    `INSERT INTO messaging.outbox (event_id, type, routing_key, subject, event, created_at)
     SELECT id, ?, ?, ?, ?::jsonb || jsonb_build_object('id', id), clock_timestamp() - interval '2 days' + n * interval '30 seconds'
     FROM (SELECT n, gen_random_uuid() AS id FROM generate_series(1, 2200) AS n) AS made`,
    [event.type, routingKeys.LeadCreated, event.subject, JSON.stringify(event)],
  );
  const lost: string[] = await stack
    .db('messaging.outbox')
    .whereNotIn('event_id', stack.db('messaging.inbox').select('event_id'))
    .where('created_at', '<', stack.db.raw(`clock_timestamp() - interval '1 day'`))
    .orderBy('created_at')
    .pluck('event_id');
  expect(lost).toHaveLength(2_200);
  const lostEvents = createLostEvents(db);
  expect(await sweep(lostEvents, (id) => id !== lost[1_500])).toEqual(lost);
  expect(await sweep(lostEvents)).toEqual([lost[1_500]]);
  expect(await sweep(lostEvents)).toEqual([]);
});

it('ends early when it is told to', async () => {
  const left = await committed(11);
  const stop = new AbortController();
  stop.abort();
  expect(await sweep(createLostEvents(db), () => true, stop)).toEqual([]);
  expect(await sweep(createLostEvents(db))).toEqual([left.id]);
});
