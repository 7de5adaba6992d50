import type { Database } from '@meander/runtime';

/** So many processes may end while they handle one message; after that it is set aside. */
export const mostDeaths = 5;

/**
 * How often the handling of a message was begun and never ended. That is what tells a message that ends its consumer
 * from those that were in hand with it, and from an outage: without the database nothing is begun, and a process that
 * lives takes back what it has begun.
 */
export interface Attempts {
  /** How many attempts have not ended. */
  begun(messageId: string): Promise<number>;
  /** Writes down, before the handling, that it begins; tells how many have begun and not ended, with this one. */
  begin(messageId: string): Promise<number>;
  /** Takes the attempt back; one that handled the message takes back all of them. */
  end(messageId: string, outcome: { handled: boolean }): Promise<void>;
  /** Remembers that the message is tried no more. */
  giveUp(messageId: string): Promise<void>;
}

const table = 'messaging.attempts';

/** @param consumer the queue, or whoever else handles; the same for all copies of a service */
export function createAttempts(db: Database, consumer: string): Attempts {
  /** Begun here, and not known to have ended: this process lives, so they are no deaths. */
  const open = new Set<string>();
  const of = (messageId: string) => db(table).where({ consumer, message_id: messageId });
  return {
    async begun(messageId) {
      const row: { begun: number } | undefined = await of(messageId).first('begun');
      return row?.begun ?? 0;
    },
    async begin(messageId) {
      const more = open.has(messageId) ? 0 : 1;
      open.add(messageId);
      const { rows } = await db.raw<{ rows: { begun: number }[] }>(
        `INSERT INTO ${table} (consumer, message_id) VALUES (?, ?)
         ON CONFLICT (consumer, message_id)
           DO UPDATE SET begun = attempts.begun + ?, begun_at = clock_timestamp()
         RETURNING begun`,
        [consumer, messageId, more],
      );
      return rows[0]?.begun ?? 1;
    },
    async end(messageId, { handled }) {
      if (handled) await of(messageId).delete();
      else await of(messageId).update({ begun: db.raw('greatest(begun - 1, 0)') });
      open.delete(messageId);
    },
    async giveUp(messageId) {
      await of(messageId).update({ set_aside_at: db.raw('clock_timestamp()') });
      open.delete(messageId);
    },
  };
}
