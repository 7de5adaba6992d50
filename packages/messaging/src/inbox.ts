import { type PreparedStatement, runPrepared, type Transaction } from '@meander/runtime';

/** In one order, so that two copies that meet the same events cannot wait for each other. */
const insertNew: PreparedStatement = {
  name: 'remember-events',
  text: `
    INSERT INTO messaging.inbox (consumer, event_id)
    SELECT ?, event_id FROM unnest(?::uuid[]) AS event_id ORDER BY event_id
    ON CONFLICT DO NOTHING RETURNING event_id`,
};

/**
 * Remembers that `consumer` has met these events, in the transaction of what it does about them, and tells which of
 * them are new to it. This is what makes at-least-once delivery safe.
 */
export async function remember(
  trx: Transaction,
  consumer: string,
  eventIds: readonly string[],
): Promise<Set<string>> {
  const rows = await runPrepared<{ event_id: string }>(trx, insertNew, [consumer, [...eventIds]]);
  return new Set(rows.map(({ event_id }) => event_id));
}

/** Runs `work` the first time that `consumer` meets the event; does nothing on a redelivery. */
export async function once(
  trx: Transaction,
  consumer: string,
  eventId: string,
  work: () => Promise<void>,
): Promise<void> {
  const fresh = await remember(trx, consumer, [eventId]);
  if (fresh.size === 1) await work();
}
