import { createId, isId, type LeadEvent } from '@meander/lead';
import { once, queues, remember } from '@meander/messaging';
import {
  anyOf,
  createBatchWriter,
  type Database,
  inTransaction,
  type PreparedStatement,
  runPrepared,
} from '@meander/runtime';
import { captureTraceContext, type TraceContext } from '@meander/telemetry';
import { confirmationCap } from '../domain/confirmation-cap.ts';
import { messageId } from '../domain/delivery.ts';
import type { WantedMail } from '../domain/mails-for-event.ts';
import { retryableStates } from '../handlers/manage-deliveries.ts';
import type { DeliveryLedger } from '../handlers/record-deliveries.ts';
import { again } from './delivery-desk.ts';

/** Events that arrive while a batch is on its way into the database go with the next; one alone waits for nobody. */
const mostInFlight = 1;

/** `kari+a@…` and `kari+b@…` are one mailbox; the same expression as in its index. Emails are lower-case. */
const mailboxOf = (email: string) => `regexp_replace(${email}, '\\+[^@]*@', '@')`;

/**
 * Bookings for one mailbox are counted one after the other, by every copy of the service; mailboxes are locked in one
 * order, so that two copies cannot wait for each other.
 */
const lockMailboxes: PreparedStatement = {
  name: 'lock-mailboxes',
  text: `
  SELECT pg_advisory_xact_lock(hashtext('confirmation cap'), mailbox)
  FROM (SELECT DISTINCT hashtext(${mailboxOf('email')}) AS mailbox FROM leads WHERE id = ANY(?::uuid[])
    ORDER BY mailbox) AS mailboxes`,
};

/**
 * What the mailbox has had within the span, and what is still on its way to it. The leads of the mailbox come first
 * (OFFSET keeps the planner from turning it round): on tables that have no statistics yet it reads all deliveries.
 */
const confirmationsOfMailbox = `
  SELECT count(*)
  FROM (SELECT id FROM leads AS other WHERE ${mailboxOf('other.email')} = ${mailboxOf('leads.email')} OFFSET 0) AS sibling
  JOIN LATERAL (SELECT * FROM notification.deliveries AS delivery
    WHERE delivery.lead_id = sibling.id AND delivery.template = 'confirmation' OFFSET 0) AS earlier ON true
  WHERE (earlier.state IN ('pending', 'sending', 'retrying')
      OR (earlier.state = 'sent' OR earlier.last_outcome = 'unknown')
        AND earlier.updated_at > clock_timestamp() - interval '${confirmationCap.hours} hours')`;

/** The confirmations of the same mailbox that come before this one in the same statement. */
const confirmationsBefore = `
  row_number() OVER (PARTITION BY input.template, ${mailboxOf('leads.email')} ORDER BY input.ord) - 1`;

// A lead that was erased meanwhile has no row, and gets no mail.
const insert: PreparedStatement = {
  name: 'record-deliveries',
  text: `
  WITH input AS MATERIALIZED (SELECT * FROM json_to_recordset(?::json) AS input (ord int, id uuid, event_id uuid,
    lead_id uuid, template text, message_id text, demo_sequence int, traceparent text, tracestate text))
  INSERT INTO notification.deliveries
    (id, event_id, lead_id, template, message_id, demo_sequence, traceparent, tracestate, state)
  SELECT input.id, event_id, leads.id, template, message_id, demo_sequence, traceparent, tracestate,
    CASE WHEN template = 'confirmation'
        AND (${confirmationsOfMailbox}) + ${confirmationsBefore} >= ${confirmationCap.most}
      THEN 'suppressed' ELSE 'pending' END
  FROM input JOIN leads ON leads.id = input.lead_id AND leads.id = ${anyOf('SELECT lead_id FROM input')}
  -- Sales is not alarmed by a lead that nobody is.
  WHERE template = 'confirmation' OR NOT EXISTS (SELECT FROM synthetic_leads WHERE lead_id = leads.id)
  ORDER BY input.ord
  ON CONFLICT (event_id, template) DO NOTHING`,
};

/** An event and what it asks for. */
interface Wanted {
  event: LeadEvent;
  mails: readonly WantedMail[];
  trace: TraceContext | undefined;
}

/** @param fromAddress its domain ends every Message-ID */
export function createDeliveryLedger(db: Database, { fromAddress }: { fromAddress: string }): DeliveryLedger {
  const toRows = ({ event, mails, trace }: Wanted) =>
    mails.map(({ template, demoSequence }) => {
      const id = createId();
      return {
        id,
        event_id: event.id,
        lead_id: event.subject,
        template,
        message_id: messageId(id, fromAddress),
        demo_sequence: demoSequence,
        ...trace,
      };
    });

  const execute = (items: readonly Wanted[]) =>
    inTransaction(db, async (trx) => {
      const fresh = await remember(
        trx,
        queues.confirmLead.name,
        items.map(({ event }) => event.id),
      );
      const rows = items.filter(({ event }) => fresh.has(event.id)).flatMap(toRows);
      const confirmed = rows.filter(({ template }) => template === 'confirmation');
      if (confirmed.length > 0) {
        await runPrepared(trx, lockMailboxes, [confirmed.map(({ lead_id }) => lead_id)]);
      }
      if (rows.length > 0) {
        await runPrepared(trx, insert, [JSON.stringify(rows.map((row, ord) => ({ ...row, ord })))]);
      }
      return items.map(() => ({ outcome: 'recorded' as const }));
    });

  const recordings = createBatchWriter<Wanted, { outcome: 'recorded' }>({
    operation: 'INSERT',
    table: 'notification.deliveries',
    mostInFlight,
    keysOf: ({ event }) => [event.id],
    execute,
  });

  return {
    async record(event, mails) {
      await recordings.add({ event, mails, trace: captureTraceContext() });
    },
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
