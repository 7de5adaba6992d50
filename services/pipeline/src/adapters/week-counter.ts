import type { Database } from '@meander/runtime';
import type { WeekCount, WeekCounter } from '../handlers/count-weeks.ts';
import { countsOfPeriod } from './kept-counts.ts';

const countWeeks = `
  WITH weekly AS (
    SELECT date_trunc('week', day::timestamp)::date AS week, source, sum(count)::int AS count
    FROM (${countsOfPeriod('source')}) AS counted
    GROUP BY 1, 2 HAVING sum(count) > 0
  )
  SELECT to_char(week, 'YYYY-MM-DD') AS week, source, count FROM weekly
  WHERE week > (SELECT max(week) FROM weekly) - 104 * 7
  ORDER BY weekly.week, source`;

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
