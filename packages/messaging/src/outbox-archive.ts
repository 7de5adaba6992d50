import { type EventType, syntheticKeyPrefix } from '@meander/lead';
import type { Database } from '@meander/runtime';
import { type OutboxRow, outboxColumns, toMessage } from './outbox-row.ts';
import type { OutgoingMessage, Publisher } from './publisher.ts';

/** Which of the published events: committed from `from` on and before `to`; of all types where none is named. */
export interface Selection {
  from: Date;
  to: Date;
  types: readonly EventType[];
}

export interface ReplayResult {
  /** Confirmed by the broker. */
  replayed: number;
  /** From where to go on, where the broker did not take all; undefined when it did. */
  resumeFrom?: Date;
}

const batchSize = 500;
/**
 * Events are read in the order of their ids, which is that of their times but for those that were committed side by
 * side: whoever goes on begins so much earlier, in milliseconds, and some events are told once more.
 */
const overlap = 60_000;

/** Made-up leads are gone when their events are replayed, and nobody is to hear of them. */
const replayable = `published_at IS NOT NULL AND routing_key NOT LIKE '${syntheticKeyPrefix}%'`;
const selected = `${replayable} AND created_at >= ? AND created_at < ? AND (? OR type = ANY(?::text[]))`;
const bindings = ({ from, to, types }: Selection) => [from, to, types.length === 0, [...types]];

export interface OutboxState {
  /** Not published yet. */
  waiting: { events: number; since: Date | null };
  /** Published, and kept for replay. */
  kept: { type: string; events: number; from: Date; to: Date }[];
}

/** What the outbox holds. */
export async function readOutbox(db: Database): Promise<OutboxState> {
  const { rows: waiting } = await db.raw(
    `SELECT count(*)::int AS events, min(created_at) AS since FROM messaging.outbox WHERE published_at IS NULL`,
  );
  const { rows: kept } = await db.raw(
    `SELECT type, count(*)::int AS events, min(created_at) AS from, max(created_at) AS to
     FROM messaging.outbox WHERE ${replayable} GROUP BY type ORDER BY type`,
  );
  return { waiting: waiting[0], kept };
}

/** How many events a replay would tell, by type. */
export async function countSelected(
  db: Database,
  selection: Selection,
): Promise<{ type: string; events: number }[]> {
  const { rows } = await db.raw(
    `SELECT type, count(*)::int AS events FROM messaging.outbox WHERE ${selected} GROUP BY type ORDER BY type`,
    bindings(selection),
  );
  return rows;
}

const toQueue = (queue: string, message: OutgoingMessage): OutgoingMessage => ({
  ...message,
  ...{ exchange: '', routingKey: queue, mandatory: true },
});

/**
 * Publishes the selected events once more, in the order of their ids, and stops where the broker does not confirm.
 * The outbox stays as it is. Consumers tell an event by its id, so one too many does nothing.
 *
 * @param queue the one that is to have them; undefined for everybody who listens
 */
export async function replayOutbox(
  db: Database,
  publisher: Publisher,
  selection: Selection,
  queue?: string,
): Promise<ReplayResult> {
  let replayed = 0;
  let last = '0';
  /** Where to go on if nothing more works: before the first event that is not confirmed. */
  let reached = selection.from;
  const result = (done: boolean): ReplayResult => ({
    replayed,
    ...(done
      ? {}
      : { resumeFrom: new Date(Math.max(selection.from.getTime(), reached.getTime() - overlap)) }),
  });
  for (;;) {
    let rows: (OutboxRow & { created_at: Date })[];
    try {
      ({ rows } = await db.raw(
        `SELECT ${outboxColumns}, created_at FROM messaging.outbox
         WHERE id > ? AND ${selected} ORDER BY id LIMIT ${batchSize}`,
        [last, ...bindings(selection)],
      ));
    } catch (error) {
      // Before anything was told it is a failure like any other.
      if (replayed === 0) throw error;
      return result(false);
    }
    if (rows.length === 0) return result(true);
    const messages = rows.map(toMessage).map((message) => (queue ? toQueue(queue, message) : message));
    const confirmed = await publisher.publish(messages);
    replayed += rows.filter(({ event_id }) => confirmed.has(event_id)).length;
    const missing = rows.find(({ event_id }) => !confirmed.has(event_id));
    const at = (missing ?? rows.at(-1))?.created_at;
    if (at) reached = at;
    if (missing) return result(false);
    last = rows.at(-1)?.id ?? last;
  }
}
