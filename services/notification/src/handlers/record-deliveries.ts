import type { LeadEvent } from '@meander/lead';
import type { Template } from '../domain/delivery.ts';

/** Remembers mails to be sent. Idempotent on event and template, whatever is redelivered. */
export interface DeliveryLedger {
  record(event: LeadEvent, templates: readonly Template[]): Promise<void>;
}

/**
 * A booking asks for a confirmation, and an alert where sales wants one (confirmation_email_dispatch). From
 * here on the mails are PostgreSQL's: the message can be acknowledged.
 */
export function createRecordDeliveries({
  ledger,
  alertSales,
  recorded,
}: {
  ledger: DeliveryLedger;
  alertSales: boolean;
  /** Called after each commit: there may be mail to send. */
  recorded: () => void;
}) {
  return async (event: LeadEvent): Promise<void> => {
    if (event.type !== 'LeadCreated' && event.type !== 'LeadRebooked') return;
    await ledger.record(event, alertSales ? ['confirmation', 'sales_alert'] : ['confirmation']);
    recorded();
  };
}
