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
import { createCrossings } from './crossings.ts';
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

/** @param beganAt when it arrived, or the submission that it crossed */
function toRow({ submission, key, eventId, trace }: Item, ord: number, beganAt: number): object {
  const { booking, fields, ipAddress, idempotency } = submission;
  const { attribution, ...contact } = booking;
  return {
    ...toInput({ contact, fields, attribution, ipAddress }, { ord, eventId, trace }),
    key,
    waited_ms: performance.now() - beganAt,
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
  const crossings = createCrossings();
  const beganAt = ({ submission: { booking, arrivedAt } }: Item) =>
    crossings.beganAt(booking.email, arrivedAt);

  const execute = async (items: readonly Item[], wait: boolean): Promise<AcceptedRow[]> => {
    // The driver asks for it when it sends the statement, after any wait for a connection: it tells how long each
    // request has waited.
    const input = {
      toPostgres: () => JSON.stringify(items.map((item, ord) => toRow(item, ord, beganAt(item)))),
    };
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
        crossings.answered(submission.booking.email, submission.arrivedAt);
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
