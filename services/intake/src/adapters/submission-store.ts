import { toInput } from '@meander/bookings';
import { createId } from '@meander/lead';
import { withEventSpan } from '@meander/messaging';
import { type Database, databaseFault, retryConflicts, violatedConstraint } from '@meander/runtime';
import {
  linkTo,
  restoreTraceContext,
  SpanKind,
  type TraceContext,
  withoutTracing,
  withSpan,
} from '@meander/telemetry';
import type { Submission } from '../domain/submission.ts';
import type { Acceptance, SubmissionStore } from '../handlers/submit-lead.ts';
import { type AcceptedRow, acceptStatement } from './accept-statement.ts';
import { storedKey } from './idempotency.ts';
import { createMicroBatches } from './micro-batches.ts';

/** Two on their way let one be written while the other travels; more only make the batches smaller. */
const mostInFlight = 2;
const mostItems = 64;

/** A submission on its way into the database. */
interface Item {
  submission: Submission;
  key: string | undefined;
  eventId: string;
  trace: TraceContext | undefined;
}

const isConflict = (error: unknown) =>
  databaseFault(error) === 'conflict' || violatedConstraint(error) === 'idempotency_keys_pkey';

/** A promise that may fail before anybody looks at it. */
function watched<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function toRow({ submission, key, eventId, trace }: Item, ord: number): object {
  const { booking, fields, ipAddress, idempotency } = submission;
  const { attribution, ...contact } = booking;
  return {
    ...toInput({ contact, fields, attribution, ipAddress }, { ord, eventId, trace }),
    key,
    request_hash: idempotency?.requestHash.toString('hex'),
  };
}

/** One span a batch, below its first booking and linked to the others: a batch serves many traces. */
function withBatchSpan<T>(items: readonly Item[], work: () => Promise<T>): Promise<T> {
  const [first, ...others] = items.map(({ trace }) => trace);
  const links = others.flatMap((trace) => linkTo(trace) ?? []).map((context) => ({ context }));
  return withSpan(
    'INSERT leads',
    {
      kind: SpanKind.CLIENT,
      parent: restoreTraceContext(first),
      links,
      attributes: {
        'db.system.name': 'postgresql',
        'db.operation.name': 'INSERT',
        'db.collection.name': 'leads',
        ...(items.length > 1 && { 'db.operation.batch.size': items.length }),
      },
    },
    // The driver's own span would repeat the long text of the statement, and hang below one trace alone.
    () => withoutTracing(work),
  );
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
    const { rows } = await retryConflicts(
      () => db.raw<{ rows: AcceptedRow[] }>(acceptStatement, [input, wait]),
      isConflict,
    );
    committed();
    return rows.sort((a, b) => a.ord - b.ord);
  };

  const acceptAlone = async (item: Item): Promise<AcceptedRow> => {
    const [row] = await execute([item], true);
    return row as AcceptedRow;
  };

  /** A row that the database refuses fails alone: its batch is written again in halves, without it in the end. */
  const acceptBatch = async (items: readonly Item[]): Promise<(AcceptedRow | Promise<AcceptedRow>)[]> => {
    try {
      const rows = await execute(items, false);
      return rows.map((row, index) =>
        row.outcome === 'busy' ? watched(acceptAlone(items[index] as Item)) : row,
      );
    } catch (error) {
      if (databaseFault(error) !== 'refused' || items.length === 1) {
        return items.map(() => watched(Promise.reject(error)));
      }
      const middle = Math.ceil(items.length / 2);
      return [...(await acceptBatch(items.slice(0, middle))), ...(await acceptBatch(items.slice(middle)))];
    }
  };

  const batches = createMicroBatches<Item, AcceptedRow>({
    mostInFlight,
    mostItems,
    keysOf: ({ submission, key }) =>
      key === undefined ? [submission.booking.email] : [submission.booking.email, key],
    run: (items) => withBatchSpan(items, () => acceptBatch(items)),
  });

  return {
    accept(submission) {
      const { idempotency } = submission;
      const eventId = createId();
      const key = idempotency ? storedKey(idempotency.key) : undefined;
      return withEventSpan(eventId, async (trace, made): Promise<Acceptance> => {
        const row = await batches.add({ submission, key, eventId, trace });
        if (row.outcome === 'busy') throw new Error('a booking that waits cannot be busy');
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
