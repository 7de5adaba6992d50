import { createId, isId, type LeadEvent } from '@meander/lead';
import { once, queues } from '@meander/messaging';
import {
  createBatchWriter,
  type Database,
  databaseFault,
  inTransaction,
  type PreparedStatement,
  retryConflicts,
  runPrepared,
  violatedConstraint,
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

/**
 * Remembers the events, and writes down the mails of those that are new: one transaction in one trip. A mailbox that
 * has had its confirmations gets no more (`kari+a@…` and `kari+b@…` are one), whichever copy counts; a lead that was
 * erased meanwhile gets none.
 */
const recordDeliveries: PreparedStatement = {
  name: 'record-deliveries',
  text: 'SELECT notification.record_deliveries(?, ?::uuid[], ?::json, ?, ?::interval)',
};

/** A lead that was there when the statement began and is erased by now: tried again, it is not there and gets no mail. */
const isConflict = (error: unknown) =>
  databaseFault(error) === 'conflict' || violatedConstraint(error) === 'deliveries_lead_id_fkey';

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

  const execute = async (items: readonly Wanted[]) => {
    const mails = items.flatMap(toRows).map((row, ord) => ({ ...row, ord }));
    const values = [
      queues.confirmLead.name,
      items.map(({ event }) => event.id),
      JSON.stringify(mails),
      confirmationCap.most,
      `${confirmationCap.hours} hours`,
    ];
    await retryConflicts(() => runPrepared(db, recordDeliveries, values), isConflict);
    return items.map(() => ({ outcome: 'recorded' as const }));
  };

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
