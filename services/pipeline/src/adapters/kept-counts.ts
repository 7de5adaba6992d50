import { isReal } from './real-leads.ts';

const dayOf = (instant: string) => `(${instant} AT TIME ZONE 'Europe/Oslo')::date`;
const startOf = (day: string) => `(${day})::timestamp AT TIME ZONE 'Europe/Oslo'`;

/**
 * The leads that were created from `:from` (included) to `:to` (not included), made-up ones left out, as rows of
 * `day` (in Oslo), the column, and a `count` to be summed up. Days that lie in the period whole are read from the counts
 * that the database keeps (migration 0131), the two at its ends lead by lead. Exact, in one snapshot.
 */
export function countsOfPeriod(column: 'status' | 'source'): string {
  const [from, to] = [':from::timestamptz', ':to::timestamptz'];
  const [firstWhole, firstAfter] = [`${dayOf(from)} + 1`, dayOf(to)];
  const whole = `day >= ${firstWhole} AND day < ${firstAfter}`;
  const leads = `SELECT ${dayOf('created_at')}, ${column}, 1 FROM leads WHERE ${isReal('id')} AND`;
  return `
    SELECT day, ${column}, count FROM pipeline.lead_counts_by_${column} WHERE ${whole}
    UNION ALL
    SELECT day, ${column}, change FROM pipeline.lead_count_changes WHERE ${whole}
    UNION ALL
    ${leads} created_at >= ${from} AND created_at < least(${to}, ${startOf(firstWhole)})
    UNION ALL
    ${leads} created_at >= ${startOf(firstAfter)} AND created_at < ${to} AND ${firstAfter} >= ${firstWhole}`;
}

/** All leads, made-up ones left out, as rows of what the board filters by and a `count` to be summed up. */
export const countsByFilter = `
  SELECT status, source, organization_size, count FROM pipeline.lead_counts_by_filter
  UNION ALL
  SELECT status, source, organization_size, change FROM pipeline.lead_count_changes`;
