import type { Transaction } from '@meander/runtime';

/**
 * Runs `work` the first time that `consumer` meets the event, in the transaction that remembers it; does
 * nothing on a redelivery. This is what makes at-least-once delivery safe.
 */
export async function once(
  trx: Transaction,
  consumer: string,
  eventId: string,
  work: () => Promise<void>,
): Promise<void> {
  const { rowCount } = await trx.raw<{ rowCount: number }>(
    'INSERT INTO messaging.inbox (consumer, event_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
    [consumer, eventId],
  );
  if (rowCount === 1) await work();
}
