import { createEvent, createId } from '@meander/lead';
import { append } from '@meander/messaging';
import { type Database, inTransaction, type Transaction } from '@meander/runtime';
import { type Lead, matches } from '../domain/lead.ts';
import type { ErasureResult, PersonStore } from '../handlers/erase-person.ts';
import { leadColumns } from './lead-columns.ts';
import { lockLead } from './lock-lead.ts';
import { quarantineOf } from './quarantine-of.ts';
import { isReal } from './real-leads.ts';

/** The tables whose rows belong to one lead, in an order in which none points at a row that is gone. */
const tablesOfLead = ['notification.deliveries', 'pipeline.transitions', 'intake.submissions'] as const;

async function eraseRows(trx: Transaction, lead: Pick<Lead, 'id' | 'email' | 'masked_ref'>): Promise<void> {
  const quarantined = await quarantineOf(trx, lead);
  const references = [lead.masked_ref, ...quarantined.map(({ masked_ref }) => masked_ref)];
  // An answer kept for an Idempotency-Key holds the reference that opens the confirmation page.
  await trx('intake.idempotency_keys')
    .whereRaw("answer ->> 'masked_ref' = ANY(?::text[])", [references])
    .delete();
  await trx('intake.quarantine')
    .whereIn(
      'id',
      quarantined.map(({ id }) => id),
    )
    .delete();
  for (const table of tablesOfLead) await trx(table).where({ lead_id: lead.id }).delete();
  // The history of changes and the demo go with their lead, what was asked of a mail with it (ON DELETE CASCADE).
  await trx('leads').where({ id: lead.id }).delete();
}

/** @param committed called after each commit: the event may be relayed now */
export function createPersonStore(db: Database, { committed }: { committed: () => void }): PersonStore {
  return {
    async collect(leadId) {
      const lead: Lead | undefined = await db('leads')
        .where({ id: leadId })
        .whereRaw(isReal('id'))
        .first(leadColumns);
      if (!lead) return undefined;
      const rowsOf = (table: string, order: string) =>
        db(table).where({ lead_id: leadId }).orderBy(order).select('*');
      const quarantined = await quarantineOf(db, lead);
      return {
        lead: { ...lead },
        submissions: await rowsOf('intake.submissions', 'received_at'),
        changes: await rowsOf('lead_changes', 'version'),
        transitions: await rowsOf('pipeline.transitions', 'moved_at'),
        demos: await rowsOf('pipeline.demos', 'updated_at'),
        resends: await rowsOf('intake.resends', 'requested_at'),
        deliveries: await rowsOf('notification.deliveries', 'created_at'),
        delivery_retries: await db('notification.delivery_retries')
          .whereIn('delivery_id', db('notification.deliveries').where({ lead_id: leadId }).select('id'))
          .orderBy('requested_at')
          .select('*'),
        quarantine: await db('intake.quarantine')
          .whereIn(
            'id',
            quarantined.map(({ id }) => id),
          )
          .orderBy('received_at')
          .select('*'),
      };
    },
    async erase({ id: leadId, ifMatch, actor }) {
      const result = await inTransaction(db, async (trx): Promise<ErasureResult> => {
        const lead = await lockLead(trx, leadId);
        if (!lead) return { kind: 'unknown' };
        if (ifMatch !== undefined && !matches(ifMatch, lead.version)) return { kind: 'stale' };
        await eraseRows(trx, lead);
        const [{ erased_at }] = await trx('pipeline.erased_leads')
          .insert({
            lead_id: leadId,
            erased_by: actor.id,
            status: lead.status,
            source: lead.source,
            created_on: lead.created_at,
          })
          .returning('erased_at');
        await append(
          trx,
          createEvent('LeadErased', {
            id: createId(),
            time: erased_at,
            source: 'pipeline',
            leadId,
            data: { erased_at: erased_at.toISOString(), erased_by: actor.id },
          }),
        );
        return { kind: 'erased' };
      });
      if (result.kind === 'erased') committed();
      return result;
    },
  };
}
