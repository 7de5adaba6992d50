import { setTimeout as delay } from 'node:timers/promises';
import type { Knex } from 'knex';
import pg from 'pg';
import type { DatabaseServer } from '../world/database.ts';

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

/** Takes the lock behind the active relay's back and ends that relay: no event goes out until `release`. */
export async function holdRelays({ url, db }: DatabaseServer): Promise<{ release(): Promise<void> }> {
  const session = new pg.Client({ connectionString: url, application_name: 'somebody-else' });
  session.on('error', () => {});
  await session.connect();
  const waiting = session.query('SELECT pg_advisory_lock($1::bigint)', [relayLock]);
  for (let holds = false; !holds; ) {
    const holder = await relayLockHolder(db);
    if (holder !== undefined) await db.raw('SELECT pg_terminate_backend(?)', [holder]);
    holds = await Promise.race([waiting.then(() => true), delay(50).then(() => false)]);
  }
  return { release: () => session.end() };
}
