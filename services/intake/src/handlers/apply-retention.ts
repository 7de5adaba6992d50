import { createRounds, type Logger, type Part } from '@meander/runtime';
import { withoutTracing } from '@meander/telemetry';

/** What one round, or a whole run, has forgotten. */
export interface Forgotten {
  /** Rows whose client address was emptied; the rows stay. */
  addresses: number;
  /** Answers kept for an Idempotency-Key that were deleted. */
  idempotency_keys: number;
}

export interface RetentionStore {
  /** Forgets a bounded number of rows that are older than this; nothing while another copy is at it. */
  forget(age: { addressDays: number; idempotencyHours: number }): Promise<Forgotten>;
}

/** Twice the 24 hours that a client may count on. */
const idempotencyHours = 48;
/** How often the service looks, in milliseconds. */
const interval = 3_600_000;

/** Forgets all that is older than IP_RETENTION_DAYS says, round by round, or until `signal`. */
export async function applyRetention(
  store: RetentionStore,
  addressDays: number,
  signal?: AbortSignal,
): Promise<Forgotten> {
  const total: Forgotten = { addresses: 0, idempotency_keys: 0 };
  for (let more = true; more && !signal?.aborted; ) {
    const round = await store.forget({ addressDays, idempotencyHours });
    total.addresses += round.addresses;
    total.idempotency_keys += round.idempotency_keys;
    more = round.addresses + round.idempotency_keys > 0;
  }
  return total;
}

/** Applies it now and every hour for as long as the service runs. A failed round is made up for by the next. */
export function createRetentionJob(store: RetentionStore, ipRetentionDays: number, logger: Logger): Part {
  return createRounds({
    interval,
    async round(stop) {
      const forgotten = await withoutTracing(() => applyRetention(store, ipRetentionDays, stop));
      if (forgotten.addresses + forgotten.idempotency_keys > 0)
        logger.info({ ...forgotten }, 'retention applied');
      return false;
    },
    failed: (err) => logger.warn({ err }, 'retention not applied this time'),
  });
}
