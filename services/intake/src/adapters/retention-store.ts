import { type Database, inTransaction, type Transaction } from '@meander/runtime';
import type { RetentionStore } from '../handlers/apply-retention.ts';

/** "retain" in ASCII: any constant that nobody else in the database uses as an advisory lock. */
const retentionLock = 0x72657461696e;
/** Rows of a table that one round changes: short locks, however much is due. */
const batch = 1_000;

/** Where client addresses are kept, and by which time their age is counted. */
const addressTables = [
  { table: 'leads', time: 'last_booked_at' },
  { table: 'intake.submissions', time: 'received_at' },
  { table: 'intake.quarantine', time: 'received_at' },
];

const emptyAddresses = ({ table, time }: (typeof addressTables)[number]) => `
  UPDATE ${table} SET ip_address = NULL WHERE id IN (
    SELECT id FROM ${table}
    WHERE ip_address IS NOT NULL AND ${time} < clock_timestamp() - ? * interval '1 day'
    ORDER BY ${time} LIMIT ${batch} FOR UPDATE SKIP LOCKED)`;

const forgetKeys = `
  DELETE FROM intake.idempotency_keys WHERE key IN (
    SELECT key FROM intake.idempotency_keys
    WHERE created_at < clock_timestamp() - ? * interval '1 hour' LIMIT ${batch})`;

async function changed(trx: Transaction, statement: string, age: number): Promise<number> {
  const { rowCount } = await trx.raw<{ rowCount: number }>(statement, [age]);
  return rowCount;
}

export function createRetentionStore(db: Database): RetentionStore {
  return {
    forget: ({ addressDays, idempotencyHours }) =>
      inTransaction(db, async (trx) => {
        const forgotten = { addresses: 0, idempotency_keys: 0 };
        const { rows } = await trx.raw('SELECT pg_try_advisory_xact_lock(?::bigint) AS mine', [
          retentionLock,
        ]);
        if (!rows[0].mine) return forgotten;
        for (const table of addressTables) {
          forgotten.addresses += await changed(trx, emptyAddresses(table), addressDays);
        }
        forgotten.idempotency_keys = await changed(trx, forgetKeys, idempotencyHours);
        return forgotten;
      }),
  };
}
