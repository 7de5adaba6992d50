import { createId, type LeadEvent } from '@meander/lead';
import { once, queues } from '@meander/messaging';
import { type Database, inTransaction } from '@meander/runtime';
import { captureTraceContext } from '@meander/telemetry';
import { messageId, type Template } from '../domain/delivery.ts';
import type { DeliveryLedger } from '../handlers/record-deliveries.ts';

/** @param mailFrom its domain ends every Message-ID */
export function createDeliveryLedger(db: Database, { mailFrom }: { mailFrom: string }): DeliveryLedger {
  const insert = `
    INSERT INTO notification.deliveries (id, event_id, lead_id, template, message_id, traceparent, tracestate)
    SELECT ?, ?, leads.id, ?, ?, ?, ? FROM leads WHERE leads.id = ?
    ON CONFLICT (event_id, template) DO NOTHING`;
  return {
    record: (event: LeadEvent, templates: readonly Template[]) =>
      inTransaction(db, (trx) =>
        once(trx, queues.confirmLead.name, event.id, async () => {
          const trace = captureTraceContext();
          for (const template of templates) {
            const id = createId();
            // A lead that was erased meanwhile has no row, and gets no mail.
            await trx.raw(insert, [
              id,
              event.id,
              template,
              messageId(id, mailFrom),
              trace?.traceparent ?? null,
              trace?.tracestate ?? null,
              event.subject,
            ]);
          }
        }),
      ),
  };
}
