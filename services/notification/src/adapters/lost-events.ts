import type { LeadEvent } from '@meander/lead';
import { queues } from '@meander/messaging';
import { type Database, inTransaction } from '@meander/runtime';
import type { LostEvents } from '../handlers/sweep-events.ts';

/** Old enough not to be on its way any more. */
const age = '10 minutes';
/** Events are looked at again for so long after the last sweep that was done: a long transaction commits late. */
const overlap = '1 hour';
const batch = 200;
/** "sweep" in ASCII: any constant that nobody else in the database uses as an advisory lock. */
const sweepLock = 0x7377656570;

interface Row {
  event: LeadEvent;
  traceparent: string | null;
  tracestate: string | null;
}

const findLost = `
  SELECT event, traceparent, tracestate FROM messaging.outbox
  WHERE routing_key = ANY(:keys)
    AND created_at < clock_timestamp() - interval '${age}'
    AND created_at > :since::timestamptz - interval '${overlap}'
    AND NOT EXISTS (
      SELECT FROM messaging.inbox WHERE consumer = :consumer AND inbox.event_id = outbox.event_id)
    -- What ends whoever handles it is a dead letter, and must not end the sweep as well.
    AND NOT EXISTS (
      SELECT FROM messaging.attempts
      WHERE consumer = :consumer AND message_id = outbox.event_id::text AND set_aside_at IS NOT NULL)
  ORDER BY id LIMIT ${batch}`;

/** Reads the outbox, which keeps every event for seven days, against the inbox. */
export function createLostEvents(db: Database): LostEvents {
  const { name: consumer, routingKeys: keys } = queues.confirmLead;
  /** Everything before it has been swept by this copy; at first, the whole outbox is looked at. */
  let since = new Date(0);

  return {
    async sweep(heal) {
      return inTransaction(db, async (trx) => {
        const { rows: lock } = await trx.raw('SELECT pg_try_advisory_xact_lock(?::bigint) AS mine', [
          sweepLock,
        ]);
        if (!lock[0].mine) return 0;
        const { rows: clock } = await trx.raw(`SELECT clock_timestamp() - interval '${age}' AS bound`);
        const { rows } = await trx.raw<{ rows: Row[] }>(findLost, { keys: [...keys], since, consumer });
        let healed = 0;
        for (const { event, traceparent, tracestate } of rows) {
          const trace = { ...(traceparent ? { traceparent } : {}), ...(tracestate ? { tracestate } : {}) };
          if (await heal({ event, trace })) healed += 1;
        }
        if (rows.length < batch && healed === rows.length) since = clock[0].bound;
        return healed;
      });
    },
  };
}
