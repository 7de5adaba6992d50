import { createId, isId } from '@meander/lead';
import { type Database, inTransaction, type Transaction } from '@meander/runtime';
import type { DeliveryState } from '../domain/delivery.ts';
import { maskAddress } from '../domain/mask-answer.ts';
import { type DeliveryDesk, type DeliveryView, retryableStates } from '../handlers/manage-deliveries.ts';

/** Remembered in one statement. */
const batch = 1_000;
const waiting: readonly DeliveryState[] = ['pending', 'sending', 'retrying'];

const columns = [
  ...['id', 'lead_id', 'template', 'state', 'attempts', 'next_attempt_at', 'last_outcome'],
  ...['last_response_code', 'last_response', 'message_id', 'created_at', 'updated_at', 'sent_at'],
].map((column) => `delivery.${column}`);

function toView({ email, next_attempt_at, ...row }: DeliveryView & { email: string }): DeliveryView {
  return {
    ...row,
    to: row.template === 'sales_alert' ? null : maskAddress(email),
    next_attempt_at: waiting.includes(row.state) ? next_attempt_at : null,
  };
}

/** A new span of 72 hours; what is known of earlier attempts stays readable until the next one. */
export const again = (db: Database) => ({
  state: 'pending',
  attempts: 0,
  unknown_outcomes: 0,
  first_attempt_at: null,
  next_attempt_at: db.raw('clock_timestamp()'),
  updated_at: db.raw('clock_timestamp()'),
});

/** Who sends these again: a history of its own, which the timeline shows. */
async function remember(trx: Transaction, ids: readonly string[], actorId: string): Promise<void> {
  if (ids.length === 0) return;
  await trx('notification.delivery_retries').insert(
    ids.map((delivery_id) => ({ id: createId(), delivery_id, requested_by: actorId })),
  );
}

/** @param retried called after each commit: there is mail to send */
export function createDeliveryDesk(db: Database, { retried }: { retried: () => void }): DeliveryDesk {
  const views = (on: Database) =>
    on('notification.deliveries as delivery')
      .join('leads', 'leads.id', 'delivery.lead_id')
      .select<(DeliveryView & { email: string })[]>([...columns, 'leads.email']);
  return {
    async list({ state, before, limit }) {
      const query = views(db).orderBy('delivery.id', 'desc').limit(limit);
      if (state) query.where('delivery.state', state);
      if (before) query.where('delivery.id', '<', before);
      return (await query).map(toView);
    },
    async retry(id, actorId) {
      if (!isId(id)) return { kind: 'unknown' };
      const result = await inTransaction(db, async (trx) => {
        const changed: { id: string }[] = await trx('notification.deliveries')
          .where({ id })
          .whereIn('state', retryableStates)
          .update(again(trx))
          .returning('id');
        const [row] = await views(trx).where('delivery.id', id);
        if (!row) return { kind: 'unknown' as const };
        if (changed.length === 1) await remember(trx, [id], actorId);
        return changed.length === 1
          ? { kind: 'retried' as const, delivery: toView(row) }
          : { kind: 'refused' as const, state: row.state };
      });
      if (result.kind === 'retried') retried();
      return result;
    },
    async retryAll(state, actorId) {
      const ids = await inTransaction(db, async (trx) => {
        const changed: { id: string }[] = await trx('notification.deliveries')
          .where({ state })
          .update(again(trx))
          .returning('id');
        const all = changed.map(({ id }) => id);
        for (let start = 0; start < all.length; start += batch)
          await remember(trx, all.slice(start, start + batch), actorId);
        return all;
      });
      if (ids.length > 0) retried();
      return ids.length;
    },
  };
}
