import type { Transaction } from '@meander/runtime';

/**
 * Runs `work` the first time that `consumer` meets the event, in the transaction that remembers it; does nothing on a
 * redelivery. This is what makes at-least-once delivery safe.
 */
export async function once(
  trx: Transaction,
  consumer: string,
  eventId: string,
  work: () => Promise<void>,
): Promise<void> {
  const remembered = await trx('messaging.inbox')
    .insert({ consumer, event_id: eventId })
    .onConflict()
    .ignore()
    .returning('event_id');
  if (remembered.length === 1) await work();
}
