import type { Database } from '@meander/runtime';
import { observe } from '@meander/telemetry';

/** Beyond this the exact number tells nobody more, and counting it would cost. */
const most = 100_000;

/** Both read the small index of unpublished rows alone, however long the table is. */
const lookAtOutbox = `
  SELECT
    (SELECT count(*) FROM (
      SELECT FROM messaging.outbox WHERE published_at IS NULL LIMIT ${most}) AS waiting)::int AS unpublished,
    coalesce((
      SELECT extract(epoch FROM clock_timestamp() - created_at) FROM messaging.outbox
      WHERE published_at IS NULL ORDER BY id LIMIT 1), 0)::float8 AS oldest_age`;

/**
 * How many events wait for the broker, and for how long. Every process looks for itself and sees the same: if
 * only the active relay told, a relay that is stuck or gone would hide the very thing it is watched for.
 */
export function observeOutbox(db: Database): void {
  observe(['outboxUnpublished', 'outboxOldestAge'], async () => {
    const { rows } = await db.raw<{ rows: { unpublished: number; oldest_age: number }[] }>(lookAtOutbox);
    const [{ unpublished, oldest_age } = { unpublished: 0, oldest_age: 0 }] = rows;
    // A clock that was set back must not make an age negative.
    return {
      outboxUnpublished: [{ value: unpublished }],
      outboxOldestAge: [{ value: Math.max(0, oldest_age) }],
    };
  });
}
