import type { Actor } from '@meander/auth';
import { createEvent, createId, type Demo, isId } from '@meander/lead';
import { append } from '@meander/messaging';
import { type Database, inTransaction, type Transaction } from '@meander/runtime';
import { type Lead, matches } from '../domain/lead.ts';
import type {
  CancelResult,
  DemoCommand,
  DemoStore,
  ScheduledDemo,
  ScheduleResult,
} from '../handlers/schedule-demo.ts';
import { lockLead } from './lock-lead.ts';
import { isReal } from './real-leads.ts';

const table = 'pipeline.demos';

interface DemoRow {
  demo_at: Date;
  minutes: number;
  location: string | null;
  sequence: number;
  cancelled_at: Date | null;
}

const columns = ['demo_at', 'minutes', 'location', 'sequence', 'cancelled_at'] as const;

const scheduled = ({ demo_at, minutes, location, sequence }: DemoRow): ScheduledDemo => ({
  demo: { at: demo_at, minutes, location },
  sequence,
});

/** Whether the lead, or its demo, is another one than the caller saw. */
const isStale = (lead: Lead, row: DemoRow | undefined, { ifMatch, seen }: DemoCommand) =>
  (ifMatch !== undefined && !matches(ifMatch, lead.version)) ||
  (seen !== undefined && seen !== (row && row.cancelled_at === null ? row.sequence : null));

const isSame = (row: DemoRow, demo: Demo) =>
  row.cancelled_at === null &&
  row.demo_at.getTime() === demo.at.getTime() &&
  row.minutes === demo.minutes &&
  row.location === demo.location;

/** Writes the demo as it stands now and gives the number of this setting, from 0 (iCalendar's SEQUENCE). */
export async function setDemo(trx: Transaction, leadId: string, demo: Demo, actor: Actor): Promise<number> {
  const [row] = await trx(table)
    .insert({
      lead_id: leadId,
      demo_at: demo.at,
      minutes: demo.minutes,
      location: demo.location,
      set_by: actor.id,
    })
    .onConflict('lead_id')
    .merge({
      demo_at: demo.at,
      minutes: demo.minutes,
      location: demo.location,
      set_by: actor.id,
      cancelled_at: null,
      sequence: trx.raw('demos.sequence + 1'),
      updated_at: trx.raw('clock_timestamp()'),
    })
    .returning('sequence');
  return row.sequence;
}

/**
 * Calls the lead's demo off, if it has one that stands, and gives the number of that.
 *
 * @param onlyAhead leaves one alone that has begun
 */
export async function cancelDemo(
  trx: Transaction,
  leadId: string,
  actor: Actor,
  { onlyAhead }: { onlyAhead: boolean },
): Promise<number | undefined> {
  const query = trx(table).where({ lead_id: leadId, cancelled_at: null });
  if (onlyAhead) query.whereRaw('demo_at > clock_timestamp()');
  const [row]: { sequence: number }[] = await query
    .update({
      set_by: actor.id,
      sequence: trx.raw('sequence + 1'),
      updated_at: trx.raw('clock_timestamp()'),
      cancelled_at: trx.raw('clock_timestamp()'),
    })
    .returning('sequence');
  return row?.sequence;
}

/** Tells that the demo is another one now. */
function tell(
  trx: Transaction,
  { id: leadId, version }: { id: string; version: number },
  actor: Actor,
  change: { demo_sequence: number } | { demo_cancelled_sequence: number },
): Promise<void> {
  const time = new Date();
  const data = { version, fields: ['demo'], updated_at: time.toISOString(), updated_by: actor.id, ...change };
  return append(trx, createEvent('LeadUpdated', { id: createId(), time, source: 'pipeline', leadId, data }));
}

/** @param committed called after each commit: the event may be relayed now */
export function createDemoStore(db: Database, { committed }: { committed: () => void }): DemoStore {
  const read = (trx: Transaction, leadId: string): Promise<DemoRow | undefined> =>
    trx(table).where({ lead_id: leadId }).first(columns);
  return {
    async find(leadId) {
      if (!isId(leadId)) return undefined;
      const row: DemoRow | undefined = await db(table)
        .where({ lead_id: leadId })
        .whereRaw(isReal('lead_id'))
        .first(columns);
      return row && row.cancelled_at === null ? scheduled(row) : undefined;
    },
    async schedule({ demo, ...command }) {
      const { id, actor } = command;
      const result = await inTransaction(db, async (trx): Promise<ScheduleResult> => {
        // The row of the lead is the lock: a move and a new time of one lead come one after the other.
        const lead = await lockLead(trx, id);
        if (!lead) return { kind: 'unknown' };
        if (lead.status !== 'demo_scheduled') return { kind: 'refused' };
        const before = await read(trx, id);
        if (isStale(lead, before, command)) return { kind: 'stale' };
        if (before && isSame(before, demo)) return { kind: 'unchanged', ...scheduled(before) };
        const sequence = await setDemo(trx, id, demo, actor);
        await tell(trx, lead, actor, { demo_sequence: sequence });
        return { kind: 'scheduled', demo, sequence };
      });
      if (result.kind === 'scheduled') committed();
      return result;
    },
    async cancel(command) {
      const { id, actor } = command;
      const result = await inTransaction(db, async (trx): Promise<CancelResult> => {
        const lead = await lockLead(trx, id);
        if (!lead) return { kind: 'unknown' };
        if (isStale(lead, await read(trx, id), command)) return { kind: 'stale' };
        const sequence = await cancelDemo(trx, id, actor, { onlyAhead: false });
        if (sequence === undefined) return { kind: 'none' };
        await tell(trx, lead, actor, { demo_cancelled_sequence: sequence });
        return { kind: 'cancelled', sequence };
      });
      if (result.kind === 'cancelled') committed();
      return result;
    },
  };
}
