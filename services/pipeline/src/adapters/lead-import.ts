import { createEvent, createId, createMaskedRef } from '@meander/lead';
import { append } from '@meander/messaging';
import { type Database, inTransaction, type Transaction } from '@meander/runtime';
import type { ImportedLead } from '../domain/import-row.ts';
import type { LeadImport } from '../handlers/import-file.ts';

/** How an import is named in histories and events. */
const importer = 'import';

interface Added {
  id: string;
  email: string;
  status: ImportedLead['status'];
  created_at: Date;
}

async function addOnce(trx: Transaction, leads: readonly ImportedLead[]): Promise<number> {
  const byEmail = new Map(leads.map((imported) => [imported.lead.email, imported]));
  const added: Added[] = await trx('leads')
    .insert(
      [...byEmail.values()].map(({ lead, status }) => ({
        id: createId(),
        masked_ref: createMaskedRef(),
        ...lead,
        status,
      })),
    )
    .onConflict('email')
    .ignore()
    .returning(['id', 'email', 'status', 'created_at']);
  for (const { id, email, status, created_at } of added) {
    await trx('intake.submissions').insert({
      ...{ id: createId(), lead_id: id, lead_version: 1, received_at: created_at, entered_by: importer },
      fields: JSON.stringify(byEmail.get(email)?.fields ?? {}),
    });
    await append(
      trx,
      createEvent('LeadCreated', {
        ...{ id: createId(), time: created_at, source: 'pipeline', leadId: id },
        data: {
          ...{ version: 1, status, booking_count: 1, submission_id: null },
          ...{ booked_at: created_at.toISOString(), entered_by: importer },
        },
      }),
    );
  }
  return added.length;
}

export function createLeadImport(db: Database): LeadImport {
  return {
    async known(leads) {
      const emails = leads.map(({ lead }) => lead.email);
      const found = await db('leads').whereIn('email', emails).pluck('id');
      return found.length;
    },
    add: (leads) => inTransaction(db, (trx) => addOnce(trx, leads)),
  };
}
