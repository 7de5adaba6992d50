import type { LeadEvent } from '@meander/lead';
import { mailsFor, type WantedMail } from '../domain/mails-for-event.ts';

/** Remembers mails to be sent. Idempotent on event and template, whatever is redelivered. */
export interface DeliveryLedger {
  /** Every event is remembered as seen, also one that asks for no mail. */
  record(event: LeadEvent, mails: readonly WantedMail[]): Promise<void>;
}

/**
 * Writes down the mails that an event asks for. From here on they are PostgreSQL's: the message can be
 * acknowledged.
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
    const mails = mailsFor(event, { alertSales });
    await ledger.record(event, mails);
    if (mails.length > 0) recorded();
  };
}
