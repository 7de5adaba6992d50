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

/** One setting of a demo: its number, from 0 (iCalendar's SEQUENCE), and when it was made, by the database's clock. */
export interface DemoSetting {
  sequence: number;
  updated_at: Date;
}

const setting = ['sequence', 'updated_at'] as const;

/** Writes the demo as it stands now. */
export async function setDemo(
  trx: Transaction,
  leadId: string,
  demo: Demo,
  actor: Actor,
): Promise<DemoSetting> {
  const [row]: DemoSetting[] = await trx(table)
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
    .returning(setting);
  if (!row) throw new Error('a demo that was just written is gone');
  return row;
}

/**
 * Calls the lead's demo off; undefined if it has none that stands.
 *
 * @param onlyAhead leaves one alone that has begun
 */
export async function cancelDemo(
  trx: Transaction,
  leadId: string,
  actor: Actor,
  { onlyAhead }: { onlyAhead: boolean },
): Promise<DemoSetting | undefined> {
  const query = trx(table).where({ lead_id: leadId, cancelled_at: null });
  if (onlyAhead) query.whereRaw('demo_at > clock_timestamp()');
  const [row]: DemoSetting[] = await query
    .update({
      set_by: actor.id,
      sequence: trx.raw('sequence + 1'),
      updated_at: trx.raw('clock_timestamp()'),
      cancelled_at: trx.raw('clock_timestamp()'),
    })
    .returning(setting);
  return row;
}

/** Tells that the demo is another one now, since the time that its row has: the clock of this process may be wrong. */
function tell(
  trx: Transaction,
  { id: leadId, version }: { id: string; version: number },
  { actor, time }: { actor: Actor; time: Date },
  change: { demo_sequence: number } | { demo_cancelled_sequence: number },
): Promise<void> {
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
        const { sequence, updated_at: time } = await setDemo(trx, id, demo, actor);
        await tell(trx, lead, { actor, time }, { demo_sequence: sequence });
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
        const cancelled = await cancelDemo(trx, id, actor, { onlyAhead: false });
        if (!cancelled) return { kind: 'none' };
        const { sequence, updated_at: time } = cancelled;
        await tell(trx, lead, { actor, time }, { demo_cancelled_sequence: sequence });
        return { kind: 'cancelled', sequence };
      });
      if (result.kind === 'cancelled') committed();
      return result;
    },
  };
}
