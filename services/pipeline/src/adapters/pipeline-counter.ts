import type { Status } from '@meander/lead';
import type { Database } from '@meander/runtime';
import type { Period } from '../domain/period.ts';
import type { PipelineFigures } from '../domain/pipeline-report.ts';
import type { PipelineCounter } from '../handlers/report-pipeline.ts';
import { countsOfPeriod } from './kept-counts.ts';
import { isReal } from './real-leads.ts';

const countByStatus = `
  SELECT status, sum(count)::int AS count FROM (${countsOfPeriod('status')}) AS counted GROUP BY status`;

/** The first in the index on status and time of creation. */
const longestWait = `
  SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 AS seconds
  FROM leads WHERE status = 'new' AND created_at >= :from AND created_at < :to AND ${isReal('id')}
  ORDER BY created_at LIMIT 1`;

/** A stage begins with the move into it, the first one with the lead, and ends with the move out of it. */
const timeInStage = `
  SELECT from_status AS status, count(*)::int AS left,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM moved_at - entered_at)::float8) AS median_seconds
  FROM pipeline.transitions WHERE lead_created_at >= :from AND lead_created_at < :to
  GROUP BY from_status`;

const outcomes = `
  SELECT to_status, from_status, reason_code, count(*)::int AS count, coalesce(sum(value_nok), 0)::float8 AS value_nok
  FROM pipeline.transitions
  WHERE to_status IN ('converted', 'lost') AND lead_created_at >= :from AND lead_created_at < :to
  GROUP BY to_status, from_status, reason_code`;

type Outcome = PipelineFigures['lost'][number] & {
  to_status: 'converted' | 'lost';
  from_status: Status;
  value_nok: number;
};

/** How many rows of each key there are together. */
function sumBy<Key>(rows: readonly Outcome[], keyOf: (row: Outcome) => Key): Map<Key, number> {
  const sums = new Map<Key, number>();
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + row.count);
  return sums;
}

export function createPipelineCounter(db: Database): PipelineCounter {
  const ask = async <Row>(sql: string, { createdAfter, createdBefore }: Period): Promise<Row[]> => {
    const { rows } = await db.raw(sql, {
      from: createdAfter ?? '-infinity',
      to: createdBefore ?? 'infinity',
    });
    return rows;
  };
  return {
    async count(period) {
      const counts = await ask<PipelineFigures['counts'][number]>(countByStatus, period);
      const [waiting] = await ask<{ seconds: number }>(longestWait, period);
      const stages = await ask<PipelineFigures['stages'][number]>(timeInStage, period);
      const ends = await ask<Outcome>(outcomes, period);
      const lost = ends.filter(({ to_status }) => to_status === 'lost');
      return {
        counts,
        stages,
        lost: [...sumBy(lost, ({ reason_code }) => reason_code)].map(([reason_code, count]) => ({
          reason_code,
          count,
        })),
        lost_from: [...sumBy(lost, ({ from_status }) => from_status)].map(([status, count]) => ({
          status,
          count,
        })),
        value_nok: ends.reduce((sum, { value_nok }) => sum + value_nok, 0),
        longest_wait_seconds: waiting?.seconds ?? null,
      };
    },
  };
}
