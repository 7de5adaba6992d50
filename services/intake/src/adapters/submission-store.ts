import { toInput } from '@meander/bookings';
import { createId } from '@meander/lead';
import { withEventSpan } from '@meander/messaging';
import {
  createBatchWriter,
  type Database,
  databaseFault,
  retryConflicts,
  runPrepared,
  violatedConstraint,
} from '@meander/runtime';
import type { TraceContext } from '@meander/telemetry';
import type { Submission } from '../domain/submission.ts';
import type { Acceptance, SubmissionStore } from '../handlers/submit-lead.ts';
import { type AcceptedRow, acceptStatement } from './accept-statement.ts';
import { storedKey } from './idempotency.ts';

/** Two on their way let one be written while the other travels; more only make the batches smaller. */
const mostInFlight = 2;

/** A submission on its way into the database. */
interface Item {
  submission: Submission;
  key: string | undefined;
  eventId: string;
  trace: TraceContext | undefined;
}

const isConflict = (error: unknown) =>
  databaseFault(error) === 'conflict' || violatedConstraint(error) === 'idempotency_keys_pkey';

function toRow({ submission, key, eventId, trace }: Item, ord: number): object {
  const { booking, fields, ipAddress, idempotency } = submission;
  const { attribution, ...contact } = booking;
  return {
    ...toInput({ contact, fields, attribution, ipAddress }, { ord, eventId, trace }),
    key,
    request_hash: idempotency?.requestHash.toString('hex'),
  };
}

/**
 * Keeps submissions in micro-batches: those that arrive while a batch is on its way go into the next.
 *
 * @param committed called after each commit: the event may be relayed now
 */
export function createSubmissionStore(
  db: Database,
  { committed }: { committed: () => void },
): SubmissionStore {
  const execute = async (items: readonly Item[], wait: boolean): Promise<AcceptedRow[]> => {
    const input = JSON.stringify(items.map(toRow));
    const rows = await retryConflicts(
      () => runPrepared<AcceptedRow>(db, acceptStatement, [input, wait]),
      isConflict,
    );
    committed();
    return rows.sort((a, b) => a.ord - b.ord);
  };

  const bookings = createBatchWriter<Item, AcceptedRow>({
    operation: 'INSERT',
    table: 'leads',
    mostInFlight,
    keysOf: ({ submission, key }) =>
      key === undefined ? [submission.booking.email] : [submission.booking.email, key],
    execute,
  });

  return {
    accept(submission) {
      const { idempotency } = submission;
      const eventId = createId();
      const key = idempotency ? storedKey(idempotency.key) : undefined;
      return withEventSpan(eventId, async (trace, made): Promise<Acceptance> => {
        const row = await bookings.add({ submission, key, eventId, trace });
        const receipt = { maskedRef: row.masked_ref, receivedAt: row.received_at };
        if (row.outcome === 'accepted') {
          made({ type: row.type, leadId: row.lead_id });
          return { ok: true, receipt };
        }
        return idempotency?.requestHash.equals(row.request_hash)
          ? { ok: true, receipt }
          : { ok: false, reason: 'idempotency-key-reused' };
      });
    },
  };
}
