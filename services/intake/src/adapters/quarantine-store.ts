import { createId, createMaskedRef } from '@meander/lead';
import { type Database, inTransaction } from '@meander/runtime';
import type { Submission } from '../domain/submission.ts';
import type { Suspicion } from '../domain/suspicion.ts';
import type { Quarantine } from '../handlers/submit-lead.ts';
import { claimKey, keepAnswer } from './idempotency.ts';

/** Suspect submissions wait here for sales: no lead, no event, no mail, and the same answer as for any other. */
export function createQuarantineStore(db: Database): Quarantine {
  return {
    hold: (submission: Submission, reason: Suspicion) =>
      inTransaction(db, async (trx) => {
        const known = await claimKey(trx, submission.idempotency);
        if (known) return known;
        const attribution = submission.booking.attribution;
        const [held] = await trx('intake.quarantine')
          .insert({
            id: createId(),
            reason,
            fields: JSON.stringify(submission.fields),
            attribution: attribution && JSON.stringify(attribution),
            ip_address: submission.ipAddress,
            masked_ref: createMaskedRef(),
          })
          .returning(['masked_ref', 'received_at']);
        const receipt = { maskedRef: held.masked_ref, receivedAt: held.received_at };
        await keepAnswer(trx, submission.idempotency, receipt);
        return { ok: true, receipt };
      }),
  };
}
