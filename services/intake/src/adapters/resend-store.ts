import { createEvent, createId } from '@meander/lead';
import { append } from '@meander/messaging';
import { anyOf, type Database, inTransaction } from '@meander/runtime';
import type { ConfirmationResends } from '../handlers/resend-confirmation.ts';

interface RequestedRow {
  lead_id: string;
  booking_count: number;
  version: number;
  requested_at: Date;
}

/** The lead of a reference: its own, or that of a submission which was released to it. */
const leadOfReference = `
  SELECT id FROM leads WHERE masked_ref = :maskedRef
  UNION SELECT lead_id FROM intake.quarantine WHERE masked_ref = :maskedRef`;

/**
 * The primary key decides who was first; whoever comes second gets no row back. The lead is held: one that is being
 * erased is waited for, and gives no row either.
 */
const requestOnce = `
  WITH lead AS (
    SELECT id, booking_count, version FROM leads WHERE id = ${anyOf(leadOfReference)} FOR KEY SHARE
  ),
  requested AS (
    INSERT INTO intake.resends (lead_id, booking_count) SELECT id, booking_count FROM lead
    ON CONFLICT DO NOTHING RETURNING lead_id, booking_count, requested_at
  )
  SELECT requested.*, version FROM requested JOIN lead ON lead.id = requested.lead_id`;

/** @param committed called after each commit: the event may be relayed now */
export function createResendStore(
  db: Database,
  { committed }: { committed: () => void },
): ConfirmationResends {
  return {
    async request(maskedRef) {
      const isFirst = await inTransaction(db, async (trx) => {
        const { rows } = await trx.raw<{ rows: RequestedRow[] }>(requestOnce, { maskedRef });
        const [row] = rows;
        if (!row) return false;
        const { lead_id: leadId, booking_count, version, requested_at: time } = row;
        const data = { version, booking_count, requested_at: time.toISOString() };
        await append(
          trx,
          createEvent('ConfirmationRequested', { id: createId(), time, source: 'intake', leadId, data }),
        );
        return true;
      });
      if (isFirst) committed();
    },
  };
}
