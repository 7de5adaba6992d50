import type { Database } from '@meander/runtime';
import type { ConfirmationStore } from '../handlers/show-confirmation.ts';

/** One query, by an index, whether the token is known or not: the time tells nothing. */
export function createConfirmationStore(db: Database): ConfirmationStore {
  return {
    find: (maskedRef) =>
      db('leads')
        .leftJoin('notification.deliveries as delivery', (join) =>
          join.on('delivery.lead_id', 'leads.id').andOnVal('delivery.template', 'confirmation'),
        )
        .where('leads.masked_ref', maskedRef)
        .orderBy('delivery.created_at', 'desc')
        .first(
          'leads.email as email',
          'leads.last_booked_at as receivedAt',
          'leads.locale as locale',
          'leads.confirmation_sent_at as sentAt',
          'delivery.state as deliveryState',
        ),
  };
}
