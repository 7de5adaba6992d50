import { waitUntil } from '@meander/testing';
import type { Load } from './load/load.ts';
import type { World } from './world/world.ts';

/** How long all that is under way may take to arrive once nothing is wrong any more, in seconds. */
const deadline = 120;

/**
 * Ends the load and waits until nothing is under way: every event published, every delivery sent or given up. Mails
 * that wait for their next attempt need not: waiting for hours is tried elsewhere, with a moved clock.
 *
 * @returns what was still under way in the end, or undefined
 */
export async function settle({ database: { db } }: World, load: Load): Promise<string | undefined> {
  const underWay = async () => {
    await db('notification.deliveries')
      .where({ state: 'retrying' })
      .andWhere('next_attempt_at', '>', db.raw(`clock_timestamp() + interval '2 seconds'`))
      .update({ next_attempt_at: db.raw('clock_timestamp()') });
    const { rows } = await db.raw(`
      SELECT
        (SELECT count(*)::int FROM messaging.outbox WHERE published_at IS NULL) AS events,
        (SELECT count(*)::int FROM messaging.outbox WHERE type IN ('LeadCreated', 'LeadRebooked')
          AND event_id NOT IN (SELECT event_id FROM messaging.inbox)) AS unhandled,
        (SELECT count(*)::int FROM notification.deliveries
          WHERE state IN ('pending', 'sending', 'retrying')) AS mails`);
    return rows[0] as { events: number; unhandled: number; mails: number };
  };
  await load.stop();
  let last: Awaited<ReturnType<typeof underWay>> | undefined;
  try {
    await waitUntil(
      'all has arrived',
      async () => {
        last = await underWay();
        return last.events + last.unhandled + last.mails === 0;
      },
      deadline,
    );
    return undefined;
  } catch {
    return last
      ? `after ${deadline} s: ${last.events} events, ${last.unhandled} unhandled, ${last.mails} mails`
      : 'the database does not answer';
  }
}
