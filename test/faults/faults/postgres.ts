import type { Knex } from 'knex';

/** The relay's advisory lock, as packages/messaging takes it ("outbox" in ASCII), as pg_locks shows it. */
const relayLock = 0x6f7574626f78;
const lockParts = { high: Math.floor(relayLock / 2 ** 32), low: relayLock % 2 ** 32 };

/** The backend that holds the relay's lock now: the active relay. */
export async function relayLockHolder(db: Knex): Promise<number | undefined> {
  const { rows } = await db.raw(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = ? AND objid = ?`,
    [lockParts.high, lockParts.low],
  );
  return (rows as { pid: number }[])[0]?.pid;
}
