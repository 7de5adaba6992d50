import {
  createEvent,
  createId,
  decideTransition,
  isId,
  isMaskedRef,
  type TransitionPolicy,
} from '@meander/lead';
import { append } from '@meander/messaging';
import { type Database, inTransaction, type Transaction } from '@meander/runtime';
import { type Lead, matches } from '../domain/lead.ts';
import type { LeadStore, MoveCommand, MoveResult } from '../handlers/move-lead.ts';
import { cancelDemo, setDemo } from './demo-store.ts';
import { leadColumns } from './lead-columns.ts';
import { lockLead } from './lock-lead.ts';
import { isReal } from './real-leads.ts';

async function moveOnce(
  trx: Transaction,
  { id, to, reason, reason_code, value_nok, demo, ifMatch, actor }: MoveCommand,
  policy: TransitionPolicy,
): Promise<MoveResult> {
  const current = await lockLead(trx, id);
  if (!current) return { kind: 'unknown' };
  if (ifMatch !== undefined && !matches(ifMatch, current.version)) return { kind: 'stale' };
  const decision = decideTransition(current.status, to, policy);
  if (!decision.ok)
    return { kind: 'refused', from: decision.from, to: decision.to, allowed: decision.allowed };

  const [lead]: Lead[] = await trx('leads').where({ id }).update({ status: to }).returning(leadColumns);
  if (!lead) throw new Error('a locked row was not updated');
  await trx('pipeline.transitions').insert({
    id: createId(),
    lead_id: id,
    from_status: current.status,
    to_status: to,
    reason,
    reason_code,
    value_nok,
    moved_by: actor.id,
    moved_at: lead.updated_at,
    lead_version: lead.version,
  });
  const set = demo ? await setDemo(trx, id, demo, actor) : undefined;
  const cancelled = to === 'lost' ? await cancelDemo(trx, id, actor, { onlyAhead: true }) : undefined;
  await append(
    trx,
    createEvent('LeadStatusChanged', {
      id: createId(),
      time: lead.updated_at,
      source: 'pipeline',
      leadId: id,
      data: {
        version: lead.version,
        from: current.status,
        to,
        moved_at: lead.updated_at.toISOString(),
        moved_by: actor.id,
        ...(set && { demo_sequence: set.sequence }),
        ...(cancelled && { demo_cancelled_sequence: cancelled.sequence }),
      },
    }),
  );
  return { kind: 'moved', lead, from: current.status };
}

/** @param committed called after each commit: the event may be relayed now */
export function createLeadStore(
  db: Database,
  { policy, committed }: { policy: TransitionPolicy; committed: () => void },
): LeadStore {
  return {
    async find(idOrRef) {
      const key = isId(idOrRef)
        ? { id: idOrRef }
        : isMaskedRef(idOrRef)
          ? { masked_ref: idOrRef }
          : undefined;
      return key && db('leads').where(key).whereRaw(isReal('id')).first(leadColumns);
    },
    async move(command) {
      const result = await inTransaction(db, (trx) => moveOnce(trx, command, policy));
      if (result.kind === 'moved') committed();
      return result;
    },
  };
}
