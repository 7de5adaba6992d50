import type { Database } from '@meander/runtime';
import type { ConfirmationRecord, ConfirmationStore } from '../handlers/show-confirmation.ts';

/**
 * A reference is a lead's, or that of a submission in quarantine, which looks like that of a lead whose mail nobody
 * has tried to send yet. Once released it tells of its lead's mail, and of nothing else that the lead has: the lead
 * may have been known before under a reference of its own. One query by indexes whether it is known or not, so that
 * the time tells nothing.
 */
const find = `
  WITH asked AS (
    SELECT id AS lead_id, email, last_booked_at AS received_at, locale FROM leads WHERE masked_ref = :maskedRef
    UNION ALL
    SELECT lead_id, fields ->> 'email', received_at, fields ->> 'locale'
    FROM intake.quarantine WHERE masked_ref = :maskedRef
    LIMIT 1
  )
  SELECT asked.email, asked.received_at AS "receivedAt", asked.locale, lead.confirmation_sent_at AS "sentAt",
    newest.state AS "deliveryState",
    (SELECT requested_at FROM intake.resends AS resend
     WHERE resend.lead_id = lead.id AND resend.booking_count = lead.booking_count) AS "askedAgainAt",
    newest.created_at AS "newestMailAt", clock_timestamp() AS "readAt"
  FROM asked
  LEFT JOIN leads AS lead ON lead.id = asked.lead_id
  LEFT JOIN LATERAL (
    SELECT state, created_at FROM notification.deliveries AS delivery
    WHERE delivery.lead_id = lead.id AND delivery.template = 'confirmation'
    ORDER BY created_at DESC LIMIT 1
  ) AS newest ON true`;

export function createConfirmationStore(db: Database): ConfirmationStore {
  return {
    async find(maskedRef) {
      const { rows } = await db.raw<{ rows: ConfirmationRecord[] }>(find, { maskedRef });
      return rows[0];
    },
  };
}
