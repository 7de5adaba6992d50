import type { Actor } from '@meander/auth';
import { createEvent, createId, isId } from '@meander/lead';
import { append } from '@meander/messaging';
import { type Database, inTransaction, type Transaction } from '@meander/runtime';
import { type DeliveryRetries, type RetryRequest, retryableStates } from '../handlers/retry-delivery.ts';
import { isReal } from './real-leads.ts';

const requests = 'notification.delivery_retries';
const mostAtOnce = 500;

/** Pipeline may not lock a delivery; two people who ask at once come one after the other by this. */
const lockRequests = "SELECT pg_advisory_xact_lock(hashtext('delivery retries'))";

/**
 * When it was last asked for and not yet done, or null; after an hour without an effect it may be asked for anew.
 *
 * @param mail the name of the deliveries in the query
 */
export const openRequest = (mail: string) => `(
  SELECT max(requested_at) FROM ${requests} AS request
  WHERE request.delivery_id = ${mail}.id AND request.requested_at > ${mail}.updated_at
    AND request.requested_at > clock_timestamp() - interval '1 hour')`;

interface Delivery {
  id: string;
  lead_id: string;
}

async function ask(trx: Transaction, { id, lead_id }: Delivery, actor: Actor): Promise<Date> {
  const eventId = createId();
  const [{ requested_at: time }] = await trx(requests)
    .insert({ id: eventId, delivery_id: id, requested_by: actor.id })
    .returning('requested_at');
  await append(
    trx,
    createEvent('DeliveryRetryRequested', {
      ...{ id: eventId, time, source: 'pipeline', leadId: lead_id },
      data: { delivery_id: id, requested_at: time.toISOString(), requested_by: actor.id },
    }),
  );
  return time;
}

/** @param committed called after each commit: the event may be relayed now */
export function createDeliveryRetries(
  db: Database,
  { committed }: { committed: () => void },
): DeliveryRetries {
  /** With the hold of their leads: those of one that is being erased are waited for, and are not there then. */
  const deliveries = (trx: Transaction) =>
    trx('notification.deliveries AS mail')
      .join('leads', 'leads.id', 'mail.lead_id')
      .whereRaw(isReal('mail.lead_id'))
      .forKeyShare('leads')
      .select('mail.id', 'mail.lead_id');
  return {
    async request(deliveryId, actor) {
      if (!isId(deliveryId)) return { kind: 'unknown' };
      const result = await inTransaction(db, async (trx): Promise<RetryRequest> => {
        await trx.raw(lockRequests);
        const row: (Delivery & { state: string; asked_at: Date | null }) | undefined = await deliveries(trx)
          .where('mail.id', deliveryId)
          .first('mail.state', trx.raw(`${openRequest('mail')} AS asked_at`));
        if (!row) return { kind: 'unknown' };
        if (!retryableStates.some((state) => state === row.state))
          return { kind: 'refused', state: row.state };
        const requestedAt = row.asked_at ?? (await ask(trx, row, actor));
        return { kind: 'requested', id: row.id, requestedAt };
      });
      if (result.kind === 'requested') committed();
      return result;
    },
    async requestAll(responseCode, actor) {
      const asked = await inTransaction(db, async (trx) => {
        await trx.raw(lockRequests);
        const rows: Delivery[] = await deliveries(trx)
          .where({ state: 'failed', last_response_code: responseCode })
          .whereRaw(`${openRequest('mail')} IS NULL`)
          .orderBy('mail.id')
          .limit(mostAtOnce);
        for (const row of rows) await ask(trx, row, actor);
        return rows.length;
      });
      if (asked > 0) committed();
      return asked;
    },
  };
}
