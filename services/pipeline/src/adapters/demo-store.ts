import type { Actor } from '@meander/auth';
import { createEvent, createId, type Demo, isId } from '@meander/lead';
import { append } from '@meander/messaging';
import { type Database, inTransaction, type Transaction } from '@meander/runtime';
import type { DemoStore, ScheduledDemo } from '../handlers/schedule-demo.ts';

const table = 'pipeline.demos';

interface DemoRow {
  demo_at: Date;
  minutes: number;
  location: string | null;
  sequence: number;
}

const scheduled = ({ demo_at, minutes, location, sequence }: DemoRow): ScheduledDemo => ({
  demo: { at: demo_at, minutes, location },
  sequence,
});

const isSame = (row: DemoRow, demo: Demo) =>
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
      sequence: trx.raw('demos.sequence + 1'),
      updated_at: trx.raw('clock_timestamp()'),
    })
    .returning('sequence');
  return row.sequence;
}

/** @param committed called after each commit: the event may be relayed now */
export function createDemoStore(db: Database, { committed }: { committed: () => void }): DemoStore {
  const read = (on: Database | Transaction, leadId: string): Promise<DemoRow | undefined> =>
    on(table).where({ lead_id: leadId }).first('demo_at', 'minutes', 'location', 'sequence');
  return {
    async find(leadId) {
      const row = isId(leadId) ? await read(db, leadId) : undefined;
      return row && scheduled(row);
    },
    async schedule({ id, demo, actor }) {
      const result = await inTransaction(db, async (trx) => {
        // The row of the lead is the lock: a move and a new time of one lead come one after the other.
        const lead = await trx('leads').where({ id }).forUpdate().first('status', 'version');
        if (!lead) return { kind: 'unknown' as const };
        if (lead.status !== 'demo_scheduled') return { kind: 'refused' as const };
        const before = await read(trx, id);
        if (before && isSame(before, demo)) return { kind: 'unchanged' as const, ...scheduled(before) };
        const sequence = await setDemo(trx, id, demo, actor);
        const time = new Date();
        await append(
          trx,
          createEvent('LeadUpdated', {
            id: createId(),
            time,
            source: 'pipeline',
            leadId: id,
            data: {
              version: lead.version,
              fields: ['demo'],
              updated_at: time.toISOString(),
              updated_by: actor.id,
              demo_sequence: sequence,
            },
          }),
        );
        return { kind: 'scheduled' as const, demo, sequence };
      });
      if (result.kind === 'scheduled') committed();
      return result;
    },
  };
}
