import { recordBooking } from '@meander/bookings';
import { type Database, inTransaction, type Transaction } from '@meander/runtime';
import type { Submission } from '../domain/submission.ts';
import type { Acceptance, SubmissionStore } from '../handlers/submit-lead.ts';
import { claimKey, keepAnswer } from './idempotency.ts';

async function acceptOnce(trx: Transaction, submission: Submission): Promise<Acceptance> {
  const known = await claimKey(trx, submission.idempotency);
  if (known) return known;

  const { booking, fields, ipAddress, idempotency } = submission;
  const { attribution, ...contact } = booking;
  const { lead, receivedAt } = await recordBooking(trx, {
    contact,
    fields,
    attribution,
    ipAddress,
    service: 'intake',
  });
  const receipt = { maskedRef: lead.masked_ref, receivedAt };
  await keepAnswer(trx, idempotency, receipt);
  return { ok: true, receipt };
}

/** @param committed called after each commit: the event may be relayed now */
export function createSubmissionStore(
  db: Database,
  { committed }: { committed: () => void },
): SubmissionStore {
  return {
    async accept(submission) {
      const acceptance = await inTransaction(db, (trx) => acceptOnce(trx, submission));
      committed();
      return acceptance;
    },
  };
}
