import type { Database } from '@meander/runtime';
import type { WeekCount, WeekCounter } from '../handlers/count-weeks.ts';
import { isReal } from './real-leads.ts';

const countWeeks = `
  WITH counted AS (
    SELECT date_trunc('week', created_at AT TIME ZONE 'Europe/Oslo')::date AS week, source, count(*)::int AS count
    FROM leads WHERE created_at >= :from AND created_at < :to AND ${isReal('id')}
    GROUP BY 1, 2
  )
  SELECT to_char(week, 'YYYY-MM-DD') AS week, source, count FROM counted
  WHERE week > (SELECT max(week) FROM counted) - 104 * 7
  ORDER BY counted.week, source`;

export function createWeekCounter(db: Database): WeekCounter {
  return {
    async count({ createdAfter, createdBefore }) {
      const { rows } = await db.raw<{ rows: WeekCount[] }>(countWeeks, {
        from: createdAfter ?? '-infinity',
        to: createdBefore ?? 'infinity',
      });
      return rows;
    },
  };
}
