import { createId, isId, type LeadEvent } from '@meander/lead';
import { once, queues } from '@meander/messaging';
import { type Database, inTransaction, type Transaction } from '@meander/runtime';
import { captureTraceContext } from '@meander/telemetry';
import { confirmationCap } from '../domain/confirmation-cap.ts';
import { messageId } from '../domain/delivery.ts';
import type { WantedMail } from '../domain/mails-for-event.ts';
import { retryableStates } from '../handlers/manage-deliveries.ts';
import type { DeliveryLedger } from '../handlers/record-deliveries.ts';
import { again } from './delivery-desk.ts';

/** `kari+a@…` and `kari+b@…` are one mailbox; the same expression as in its index. Emails are lower-case. */
const mailboxOf = (email: string) => `regexp_replace(${email}, '\\+[^@]*@', '@')`;

/** Bookings for one mailbox are counted one after the other, by every copy of the service. */
const lockMailbox = `
  SELECT pg_advisory_xact_lock(hashtext('confirmation cap'), hashtext(${mailboxOf('email')}))
  FROM leads WHERE id = :leadId`;

/** What the mailbox has had within the span, and what is still on its way to it. */
const confirmationsOfMailbox = `
  SELECT count(*) FROM leads AS sibling
  JOIN notification.deliveries AS earlier ON earlier.lead_id = sibling.id AND earlier.template = 'confirmation'
  WHERE ${mailboxOf('sibling.email')} = ${mailboxOf('leads.email')}
    AND (earlier.state IN ('pending', 'sending', 'retrying')
      OR (earlier.state = 'sent' OR earlier.last_outcome = 'unknown')
        AND earlier.updated_at > clock_timestamp() - interval '${confirmationCap.hours} hours')`;

// A lead that was erased meanwhile has no row, and gets no mail.
const insert = `
  INSERT INTO notification.deliveries
    (id, event_id, lead_id, template, message_id, demo_sequence, traceparent, tracestate, state)
  SELECT :id, :eventId, leads.id, :template, :messageId, :demoSequence, :traceparent, :tracestate,
    CASE WHEN :template = 'confirmation' AND (${confirmationsOfMailbox}) >= ${confirmationCap.most}
      THEN 'suppressed' ELSE 'pending' END
  FROM leads WHERE leads.id = :leadId
    -- Sales is not alarmed by a lead that nobody is.
    AND (:template = 'confirmation' OR NOT EXISTS (SELECT FROM synthetic_leads WHERE lead_id = leads.id))
  ON CONFLICT (event_id, template) DO NOTHING`;

/** @param fromAddress its domain ends every Message-ID */
export function createDeliveryLedger(db: Database, { fromAddress }: { fromAddress: string }): DeliveryLedger {
  const write = async (trx: Transaction, event: LeadEvent, { template, demoSequence }: WantedMail) => {
    const id = createId();
    const trace = captureTraceContext();
    if (template === 'confirmation') await trx.raw(lockMailbox, { leadId: event.subject });
    await trx.raw(insert, {
      id,
      eventId: event.id,
      leadId: event.subject,
      template,
      demoSequence,
      messageId: messageId(id, fromAddress),
      traceparent: trace?.traceparent ?? null,
      tracestate: trace?.tracestate ?? null,
    });
  };
  return {
    record: (event, mails) =>
      inTransaction(db, (trx) =>
        once(trx, queues.confirmLead.name, event.id, async () => {
          for (const mail of mails) await write(trx, event, mail);
        }),
      ),
    again: (event, deliveryId) =>
      inTransaction(db, (trx) =>
        once(trx, queues.confirmLead.name, event.id, async () => {
          if (!isId(deliveryId)) return;
          await trx('notification.deliveries')
            .where({ id: deliveryId, lead_id: event.subject })
            .whereIn('state', retryableStates)
            .update(again(trx));
        }),
      ),
  };
}
