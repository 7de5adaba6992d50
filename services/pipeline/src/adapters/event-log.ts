import type { LeadEvent } from '@meander/lead';
import type { Database } from '@meander/runtime';
import type { EventLog } from '../handlers/stream-events.ts';

/** At most this many missed events are read back; a client that missed more should load anew. */
const most = 1_000;

/** The outbox read back: what a client has missed is there for seven days. */
export function createEventLog(db: Database): EventLog {
  return {
    async since(eventId) {
      const known = await db('messaging.outbox').where({ event_id: eventId }).first('id');
      if (!known) return [];
      const rows: { event: LeadEvent }[] = await db('messaging.outbox')
        .where('id', '>', known.id)
        .orderBy('id')
        .limit(most)
        .select('event');
      return rows.map(({ event }) => event);
    },
  };
}
