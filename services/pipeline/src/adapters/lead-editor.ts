import { createEvent, createId } from '@meander/lead';
import { append } from '@meander/messaging';
import { type Database, inTransaction, type Transaction } from '@meander/runtime';
import { type Lead, matches } from '../domain/lead.ts';
import type { CorrectCommand, Correction, CorrectionResult, LeadEditor } from '../handlers/correct-lead.ts';
import { actAs } from './act-as.ts';
import { leadColumns } from './lead-columns.ts';
import { lockLead } from './lock-lead.ts';

/** Writes what differs; the trigger keeps the values before. `current` is locked. */
async function correctLocked(
  trx: Transaction,
  current: Lead,
  correction: Correction,
  { actor, ifMatch }: CorrectCommand,
): Promise<CorrectionResult> {
  if (ifMatch !== undefined && !matches(ifMatch, current.version)) return { kind: 'stale' };
  const changed = Object.entries(correction).filter(
    ([field, value]) => current[field as keyof Lead] !== value,
  );
  if (changed.length === 0) return { kind: 'corrected', lead: current };

  await actAs(trx, actor);
  const [lead]: Lead[] = await trx('leads')
    .where({ id: current.id })
    .update(Object.fromEntries(changed))
    .returning(leadColumns);
  if (!lead) throw new Error('a locked row was not updated');
  await append(
    trx,
    createEvent('LeadUpdated', {
      id: createId(),
      time: lead.updated_at,
      source: 'pipeline',
      leadId: lead.id,
      data: {
        version: lead.version,
        fields: changed.map(([field]) => field),
        updated_at: lead.updated_at.toISOString(),
        updated_by: actor.id,
      },
    }),
  );
  return { kind: 'corrected', lead };
}

interface ChangeRow {
  changes: Record<string, { before: unknown }>;
}

/** The values before a change, of the asked fields; undefined where there are none. */
async function valuesBefore(trx: Transaction, id: string, version: number, fields?: readonly string[]) {
  const row: ChangeRow | undefined = await trx('lead_changes')
    .where({ lead_id: id, version })
    .first('changes');
  const names = fields ?? Object.keys(row?.changes ?? {});
  if (!row || !names.every((name) => Object.hasOwn(row.changes, name))) return undefined;
  return Object.fromEntries(names.map((name) => [name, row.changes[name]?.before])) as Correction;
}

/** @param committed called after each commit: the event may be relayed now */
export function createLeadEditor(db: Database, { committed }: { committed: () => void }): LeadEditor {
  return {
    async correct(command) {
      const result = await inTransaction(db, async (trx): Promise<CorrectionResult> => {
        const current = await lockLead(trx, command.id);
        return current ? correctLocked(trx, current, command.correction, command) : { kind: 'unknown' };
      });
      committed();
      return result;
    },
    async restore({ version, fields, ...command }) {
      const result = await inTransaction(db, async (trx) => {
        const current = await lockLead(trx, command.id);
        if (!current) return { kind: 'unknown' as const };
        const correction = await valuesBefore(trx, command.id, version, fields);
        return correction
          ? correctLocked(trx, current, correction, command)
          : { kind: 'no-such-change' as const };
      });
      committed();
      return result;
    },
  };
}
