import { isId } from '@meander/lead';
import { type Database, inTransaction } from '@meander/runtime';
import type { DeliveryState } from '../domain/delivery.ts';
import { maskAddress } from '../domain/mask-answer.ts';
import { type DeliveryDesk, type DeliveryView, retryableStates } from '../handlers/manage-deliveries.ts';

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
const again = (db: Database) => ({
  state: 'pending',
  attempts: 0,
  unknown_outcomes: 0,
  first_attempt_at: null,
  next_attempt_at: db.raw('clock_timestamp()'),
  updated_at: db.raw('clock_timestamp()'),
});

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
    async retry(id) {
      if (!isId(id)) return { kind: 'unknown' };
      const result = await inTransaction(db, async (trx) => {
        const changed = await trx('notification.deliveries')
          .where({ id })
          .whereIn('state', retryableStates)
          .update(again(trx));
        const [row] = await views(trx).where('delivery.id', id);
        if (!row) return { kind: 'unknown' as const };
        return changed === 1
          ? { kind: 'retried' as const, delivery: toView(row) }
          : { kind: 'refused' as const, state: row.state };
      });
      if (result.kind === 'retried') retried();
      return result;
    },
    async retryAll(state) {
      const changed = await db('notification.deliveries').where({ state }).update(again(db));
      if (changed > 0) retried();
      return changed;
    },
  };
}
