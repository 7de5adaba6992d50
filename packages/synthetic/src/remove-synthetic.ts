import { createEvent, createId } from '@meander/lead';
import { append } from '@meander/messaging';
import { type Database, inTransaction } from '@meander/runtime';

/** Nobody is at one that is older, in seconds: longer than any run takes, and its mail. */
export const abandonedAfterSeconds = 600;

/**
 * Removes made-up leads with all that hangs on them, and nothing else: one by its reference, or all that are
 * older than `seconds`, which whoever made them has left behind. Each is told as LeadErased, so that a listener who
 * heard of it hears of its end. Any service may do this; the database looks only at those that it has marked.
 *
 * @returns how many there were
 */
export function removeSynthetic(
  db: Database,
  which: { maskedRef: string } | { olderThanSeconds: number },
): Promise<number> {
  return inTransaction(db, async (trx) => {
    // Locked first: what others write beside one meanwhile is there by then, and goes with it.
    const chosen = trx('leads')
      .join('synthetic_leads', 'synthetic_leads.lead_id', 'leads.id')
      .forUpdate('leads')
      .select('leads.id', trx.raw('clock_timestamp() AS now'));
    const rows: { id: string; now: Date }[] =
      'maskedRef' in which
        ? await chosen.where({ masked_ref: which.maskedRef })
        : await chosen.whereRaw("marked_at < clock_timestamp() - ? * interval '1 second'", [
            which.olderThanSeconds,
          ]);
    let removed = 0;
    for (const { id, now } of rows) {
      const data = { erased_at: now.toISOString(), erased_by: 'synthetic' };
      await append(
        trx,
        createEvent('LeadErased', { id: createId(), time: now, source: 'intake', leadId: id, data }),
      );
      const { rows: done } = await trx.raw('SELECT remove_synthetic_lead(?) AS removed', [id]);
      if (done[0].removed) removed += 1;
    }
    return removed;
  });
}
