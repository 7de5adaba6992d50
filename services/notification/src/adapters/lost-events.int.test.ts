import { type LeadEvent, routingKeys } from '@meander/lead';
import { createAttempts, queues } from '@meander/messaging';
import { type Database, openDatabase } from '@meander/runtime';
import { bookedEvent, createStack, type Stack } from '@meander/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
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

it('finds what nobody has seen and nobody has given up', async () => {
  const [lost, , seen, tried, givenUp] = [
    ...[await committed(11), await committed(1), await committed(11)],
    ...[await committed(11), await committed(11)],
  ];
  await stack.db('messaging.inbox').insert({ consumer, event_id: seen?.id });
  const attempts = createAttempts(db, consumer);
  for (const event of [tried, givenUp]) await attempts.begin(String(event?.id));
  await attempts.giveUp(String(givenUp?.id));
  const found: string[] = [];
  await createLostEvents(db).sweep(async ({ event }) => {
    found.push(event.id);
    return true;
  });
  expect(found).toEqual([lost?.id, tried?.id]);
});
