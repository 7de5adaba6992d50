import { type LeadEvent, syntheticKeyPrefix } from '@meander/lead';
import type { Database } from '@meander/runtime';
import type { EventLog } from '../handlers/event-log.ts';

const pageSize = 500;
/**
 * Ids are given before the commit, so an event may become visible after one with a higher id. So far back they
 * are looked through again for what was published since.
 */
const lookBack = 10_000;

/** The listeners hear of what happens to leads, not of those that are made up. */
const synthetic = `${syntheticKeyPrefix}%`;

interface Row {
  id: string;
  event: LeadEvent;
}

/** The outbox read back: what a client has missed is there for seven days. */
export function createEventLog(db: Database): EventLog {
  return {
    async since(eventId) {
      const known: { id: string; published_at: Date | null } | undefined = await db('messaging.outbox')
        .where({ event_id: eventId })
        .first('id', db.raw('published_at::text AS published_at'));
      return known && readFrom(known);
    },
    async publishedSince(moment, most) {
      const { rows } = await db.raw<{ rows: { event: LeadEvent; at: string }[] }>(
        `SELECT event, published_at::text AS at FROM messaging.outbox
         WHERE published_at >= ?::timestamptz - interval '5 seconds' AND routing_key NOT LIKE ?
         ORDER BY published_at LIMIT ?`,
        [moment, synthetic, most],
      );
      return { events: rows.map(({ event }) => event), until: rows.at(-1)?.at ?? moment };
    },
    async now() {
      const { rows } = await db.raw<{ rows: { now: string }[] }>('SELECT clock_timestamp()::text AS now');
      return rows[0]?.now ?? '-infinity';
    },
  };

  async function* readFrom(known: { id: string; published_at: Date | null }): AsyncGenerator<LeadEvent[]> {
    let after = String(BigInt(known.id) - BigInt(lookBack));
    for (;;) {
      const rows: Row[] = await db('messaging.outbox')
        .where('id', '>', after)
        .whereNot('routing_key', 'like', synthetic)
        .whereNot({ id: known.id })
        .andWhere((missed) => {
          missed.where('id', '>', known.id).orWhereNull('published_at');
          if (known.published_at) missed.orWhere('published_at', '>=', known.published_at);
        })
        .orderBy('id')
        .limit(pageSize)
        .select('id', 'event');
      const last = rows.at(-1);
      if (!last) return;
      yield rows.map(({ event }) => event);
      after = last.id;
    }
  }
}
