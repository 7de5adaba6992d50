import { type Status, statuses } from '@meander/lead';
import type { Database } from '@meander/runtime';
import { observe } from '@meander/telemetry';
import { countsByFilter } from './kept-counts.ts';

/** In milliseconds. */
const freshFor = 5_000;

const lookAtKeys = `
  SELECT extract(epoch FROM min(expires_at))::float8 AS next
  FROM pipeline.api_keys WHERE revoked_at IS NULL AND expires_at > clock_timestamp()`;

/** How many leads stand in each status (also those in which none does), and when the next API key expires. */
export function observeLeads(db: Database): void {
  observe(
    ['leads'],
    async () => {
      const { rows } = await db.raw<{ rows: { status: Status; count: number }[] }>(
        `SELECT status, sum(count)::int AS count FROM (${countsByFilter}) AS counted GROUP BY status`,
      );
      const counts = new Map(rows.map(({ status, count }) => [status, count]));
      return {
        leads: statuses.map((status) => ({ value: counts.get(status) ?? 0, labels: { status } })),
      };
    },
    { freshFor },
  );
  observe(
    ['keyExpiry'],
    async () => {
      const { rows } = await db.raw<{ rows: { next: number | null }[] }>(lookAtKeys);
      const next = rows[0]?.next ?? null;
      return { keyExpiry: next === null ? [] : [{ value: next }] };
    },
    { freshFor },
  );
}
