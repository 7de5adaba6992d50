import type { LeadEvent } from '@meander/lead';
import { mailsFor, type WantedMail } from '../domain/mails-for-event.ts';

/** Remembers mails to be sent. Idempotent on event and template, whatever is redelivered. */
export interface DeliveryLedger {
  /** Every event is remembered as seen, also one that asks for no mail. */
  record(event: LeadEvent, mails: readonly WantedMail[]): Promise<void>;
  /** Sends the delivery of this id again, where it is this lead's and may be; remembers the event in any case. */
  again(event: LeadEvent, deliveryId: string): Promise<void>;
}

/**
 * Writes down the mails that an event asks for, new ones or one once more. From here on they are PostgreSQL's:
 * the message can be acknowledged.
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
    if (event.type === 'DeliveryRetryRequested') {
      await ledger.again(event, event.data.delivery_id);
      recorded();
      return;
    }
    const mails = mailsFor(event, { alertSales });
    await ledger.record(event, mails);
    if (mails.length > 0) recorded();
  };
}
