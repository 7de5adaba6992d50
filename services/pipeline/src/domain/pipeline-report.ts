import { type LostReason, type Status, statuses } from '@meander/lead';
import { assertKnown, type Query } from './parameters.ts';
import { type Period, periodParameters, readPeriod } from './period.ts';

/** What the database counts of the leads that were created in a period. */
export interface PipelineFigures {
  counts: { status: Status; count: number }[];
  /** The stages that leads have left, and the median of how long they were in it. */
  stages: { status: Status; left: number; median_seconds: number }[];
  lost: { reason_code: LostReason | null; count: number }[];
  /** Where the lost ones were before, as far as that is known: one that was imported as lost made no move. */
  lost_from: { status: Status; count: number }[];
  /** Of the converted ones, in kroner. */
  value_nok: number;
  /** How long the lead has waited that has waited longest; null where none waits. */
  longest_wait_seconds: number | null;
}

/** A status that a lead may leave. */
export type OpenStatus = Exclude<Status, 'converted' | 'lost'>;

export interface PipelineReport {
  period: { created_after: string | null; created_before: string | null };
  total: number;
  counts: Record<Status, number>;
  conversion: {
    /** Converted of all, and of those that are decided; 0 to 1, null where there are none. */
    of_all: number | null;
    of_decided: number | null;
    value_nok: number;
  };
  lost_reasons: Record<string, number>;
  /** How far the lost ones had come. */
  lost_from: Record<OpenStatus, number>;
  /** Null for a stage that no lead has left. */
  median_seconds_in_stage: Record<OpenStatus, number | null>;
  first_response: { median_seconds: number | null; waiting: number; longest_wait_seconds: number | null };
}

const day = 86_400_000;
const defaultDays = 90;

/** The period of a report: the last 90 days where neither end is given. @throws ParameterError */
export function readReportPeriod(query: Query, now: Date): Period {
  assertKnown(query, periodParameters);
  const period = readPeriod(query);
  if (period.createdAfter !== null || period.createdBefore !== null) return period;
  return { ...period, createdAfter: new Date(now.getTime() - defaultDays * day).toISOString() };
}

const share = (part: number, whole: number) => (whole === 0 ? null : Math.round((part / whole) * 1e4) / 1e4);

/** Puts the figures together; a status without leads counts 0. */
export function createReport(period: Period, figures: PipelineFigures): PipelineReport {
  const countOf = (status: Status) => figures.counts.find((one) => one.status === status)?.count ?? 0;
  const medianOf = (status: Status) =>
    figures.stages.find((stage) => stage.status === status)?.median_seconds ?? null;
  const lostFrom = (status: OpenStatus) => figures.lost_from.find((one) => one.status === status)?.count ?? 0;
  const total = statuses.reduce((sum, status) => sum + countOf(status), 0);
  const converted = countOf('converted');
  return {
    period: { created_after: period.createdAfter, created_before: period.createdBefore },
    total,
    counts: Object.fromEntries(statuses.map((status) => [status, countOf(status)])) as Record<Status, number>,
    conversion: {
      of_all: share(converted, total),
      of_decided: share(converted, converted + countOf('lost')),
      value_nok: figures.value_nok,
    },
    lost_reasons: Object.fromEntries(
      figures.lost.map(({ reason_code, count }) => [reason_code ?? 'not_given', count]),
    ),
    lost_from: {
      new: lostFrom('new'),
      contacted: lostFrom('contacted'),
      qualified: lostFrom('qualified'),
      demo_scheduled: lostFrom('demo_scheduled'),
    },
    median_seconds_in_stage: {
      new: medianOf('new'),
      contacted: medianOf('contacted'),
      qualified: medianOf('qualified'),
      demo_scheduled: medianOf('demo_scheduled'),
    },
    // The first response is the first move: what a lead was in before it is `new`.
    first_response: {
      median_seconds: medianOf('new'),
      waiting: countOf('new'),
      longest_wait_seconds: figures.longest_wait_seconds,
    },
  };
}
