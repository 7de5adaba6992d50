import type { Database } from '@meander/runtime';
import type { ConfirmationRecord, ConfirmationStore } from '../handlers/show-confirmation.ts';

/**
 * A reference is a lead's, or that of a submission in quarantine, which looks like that of a lead whose mail nobody
 * has tried to send yet. One query by indexes whether it is known or not, so that the time tells nothing.
 */
const find = `
  SELECT lead.email, lead.last_booked_at AS "receivedAt", lead.locale, lead.confirmation_sent_at AS "sentAt",
    newest.state AS "deliveryState",
    (SELECT requested_at FROM intake.resends AS resend
     WHERE resend.lead_id = lead.id AND resend.booking_count = lead.booking_count) AS "askedAgainAt",
    newest.created_at AS "newestMailAt", clock_timestamp() AS "readAt"
  FROM leads AS lead
  LEFT JOIN LATERAL (
    SELECT state, created_at FROM notification.deliveries AS delivery
    WHERE delivery.lead_id = lead.id AND delivery.template = 'confirmation'
    ORDER BY created_at DESC LIMIT 1
  ) AS newest ON true
  WHERE lead.masked_ref = :maskedRef
  UNION ALL
  SELECT held.fields ->> 'email', held.received_at, held.fields ->> 'locale', NULL, NULL, NULL, NULL,
    clock_timestamp()
  FROM intake.quarantine AS held WHERE held.masked_ref = :maskedRef
  LIMIT 1`;

export function createConfirmationStore(db: Database): ConfirmationStore {
  return {
    async find(maskedRef) {
      const { rows } = await db.raw<{ rows: ConfirmationRecord[] }>(find, { maskedRef });
      return rows[0];
    },
  };
}
