import type { Knex } from 'knex';
import { waitUntil } from './wait-until.ts';

/** An erasure that everybody else waits for. */
export interface Erasure {
  /** Commits it once somebody waits for it: what they asked for was begun before, and is answered after. */
  commitOnceAwaited(): Promise<void>;
}

/** Erases a lead as pipeline does, in a transaction of its own, up to the commit. */
export async function beginErasure(db: Knex, leadId: string): Promise<Erasure> {
  const trx = await db.transaction();
  await trx('leads').where({ id: leadId }).forUpdate().first('id');
  for (const table of ['notification.deliveries', 'pipeline.transitions', 'intake.submissions'])
    await trx(table).where({ lead_id: leadId }).delete();
  await trx('leads').where({ id: leadId }).delete();
  const { rows } = await trx.raw<{ rows: { pid: number }[] }>('SELECT pg_backend_pid() AS pid');
  const isAwaited = async () => {
    const waiting = await db('pg_stat_activity').whereRaw('? = ANY (pg_blocking_pids(pid))', [
      rows[0]?.pid ?? 0,
    ]);
    return waiting.length > 0;
  };
  return {
    async commitOnceAwaited() {
      try {
        await waitUntil('somebody waits for the erasure', isAwaited);
      } finally {
        await trx.commit();
      }
    },
  };
}
