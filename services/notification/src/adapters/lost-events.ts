import type { LeadEvent } from '@meander/lead';
import { queues } from '@meander/messaging';
import { type Database, inTransaction } from '@meander/runtime';
import type { LostEvents } from '../handlers/sweep-events.ts';

/** Old enough not to be on its way any more. */
const age = '10 minutes';
/** Events are looked at again for so long after the last sweep that was done: a long transaction commits late. */
const overlap = '1 hour';
/** Events that one statement looks at, so that each takes a few milliseconds, however many the outbox holds. */
const windowSize = 1_000;
/** "sweep" in ASCII: any constant that nobody else in the database uses as an advisory lock. */
const sweepLock = 0x7377656570;

interface Row {
  event: LeadEvent;
  traceparent: string | null;
  tracestate: string | null;
}

const findBounds = `
  SELECT (:since::timestamptz - interval '${overlap}')::text AS start,
    (clock_timestamp() - interval '${age}')::text AS bound`;

/** Where the window that begins behind `:after` ends: at its last event, or at the bound where no more are left. */
const findEnd = `
  SELECT coalesce(
    (SELECT created_at FROM messaging.outbox
      WHERE created_at > :after::timestamptz AND created_at < :bound::timestamptz
      ORDER BY created_at OFFSET ${windowSize - 1} LIMIT 1),
    :bound)::text AS "end"`;

const findLost = `
  SELECT event, traceparent, tracestate FROM messaging.outbox
  WHERE routing_key = ANY(:keys)
    AND created_at > :after::timestamptz AND created_at <= :end::timestamptz
    AND NOT EXISTS (
      SELECT FROM messaging.inbox WHERE consumer = :consumer AND inbox.event_id = outbox.event_id)
    -- What ends whoever handles it is a dead letter, and must not end the sweep as well.
    AND NOT EXISTS (
      SELECT FROM messaging.attempts
      WHERE consumer = :consumer AND message_id = outbox.event_id::text AND set_aside_at IS NOT NULL)
  ORDER BY created_at, id`;

/** Reads the outbox, which keeps every event for seven days, against the inbox: from window to window, by age. */
export function createLostEvents(db: Database): LostEvents {
  const { name: consumer, routingKeys: keys } = queues.confirmLead;
  /** Up to here this copy has swept, and healed all; at first, nothing. As text, since a `Date` has no microseconds. */
  let since = '-infinity';

  return {
    async sweep(heal, stop) {
      return inTransaction(db, async (trx) => {
        const { rows: lock } = await trx.raw('SELECT pg_try_advisory_xact_lock(?::bigint) AS mine', [
          sweepLock,
        ]);
        if (!lock[0].mine) return 0;
        const { rows: bounds } = await trx.raw(findBounds, { since });
        const { start, bound } = bounds[0];
        let healed = 0;
        let isAllHealed = true;
        for (let after: string = start; after !== bound && !stop.aborted; ) {
          const { rows: ends } = await trx.raw(findEnd, { after, bound });
          const { end } = ends[0];
          const { rows } = await trx.raw<{ rows: Row[] }>(findLost, {
            keys: [...keys],
            after,
            end,
            consumer,
          });
          for (const { event, traceparent, tracestate } of rows) {
            const trace = { ...(traceparent ? { traceparent } : {}), ...(tracestate ? { tracestate } : {}) };
            if (await heal({ event, trace })) healed += 1;
            else isAllHealed = false;
          }
          after = end;
          if (isAllHealed) since = end;
        }
        return healed;
      });
    },
  };
}
