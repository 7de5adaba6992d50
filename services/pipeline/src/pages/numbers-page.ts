import { lostReasons, type Source, type Status, sources, statuses } from '@meander/lead';
import type { OpenStatus, PipelineReport } from '../domain/pipeline-report.ts';
import type { WeekCount } from '../handlers/count-weeks.ts';
import type { Session } from '../handlers/sign-in.ts';
import { canvas, lengths, stackedBars } from './charts.ts';
import { shell } from './shell.ts';
import { templates } from './templates.ts';
import { type BoardTexts, boardTexts } from './texts/index.ts';
import { inWords } from './times.ts';

const render = templates.compile<object>('numbers');
const week = 7 * 86_400_000;

interface Week {
  week: string;
  parts: { name: Source; count: number }[];
  sum: number;
}

/** Every week from the first to the last, those without leads among them: a gap is a figure too. */
export function everyWeek(counts: readonly WeekCount[]): Week[] {
  const [first, last] = [counts[0], counts.at(-1)];
  if (!first || !last) return [];
  const weeks: Week[] = [];
  for (let at = Date.parse(first.week); at <= Date.parse(last.week); at += week) {
    const name = new Date(at).toISOString().slice(0, 10);
    const here = counts.filter((one) => one.week === name);
    const parts = sources.map((source) => ({
      name: source,
      count: here.find((one) => one.source === source)?.count ?? 0,
    }));
    weeks.push({ week: name, parts, sum: parts.reduce((sum, { count }) => sum + count, 0) });
  }
  return weeks;
}

function weekly(counts: readonly WeekCount[], t: BoardTexts) {
  const weeks = everyWeek(counts);
  const used = sources.filter((source) => counts.some((one) => one.source === source));
  return {
    bars: stackedBars(weeks),
    legend: used.map((source) => ({ name: source, label: t.sources[source] })),
    rows: weeks.map(({ week: name, parts, sum }) => ({
      week: name,
      sum,
      counts: used.map((source) => parts.find((part) => part.name === source)?.count ?? 0),
    })),
    from: weeks[0]?.week ?? null,
    to: weeks.at(-1)?.week ?? null,
  };
}

/**
 * How many have come at least so far. A lost lead counts for the stages that it had come to; one of which that is not
 * known (it was imported as lost) for the first alone.
 */
export function reached({
  counts,
  lost_from,
}: Pick<PipelineReport, 'counts' | 'lost_from'>): { status: Status; count: number }[] {
  const path: Status[] = statuses.filter((status) => status !== 'lost');
  const lostFrom = (status: Status) => lost_from[status as OpenStatus] ?? 0;
  const known = path.reduce((sum, status) => sum + lostFrom(status), 0);
  return path.map((status, index) => {
    const count = path.slice(index).reduce((sum, later) => sum + counts[later] + lostFrom(later), 0);
    return { status, count: index === 0 ? count + counts.lost - known : count };
  });
}

const percent = (share: number | null, locale: string, none: string) =>
  share === null
    ? none
    : new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(share);

function barsOf(rows: { label: string; name: string; value: number; text: string }[]) {
  const scaled = lengths(rows.map(({ value }) => value));
  return rows.map((row, index) => ({ ...row, length: scaled[index] ?? 0 }));
}

/** How it goes, drawn and in tables, for a period. */
export function numbersPage(
  session: Session,
  {
    report,
    weeks,
    given,
  }: { report: PipelineReport; weeks: readonly WeekCount[]; given: { from: string; to: string } },
): string {
  const { locale } = session;
  const t = boardTexts[locale];
  const span = (seconds: number | null) => (seconds === null ? t.none : inWords(seconds, locale));
  const kroner = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'NOK',
    maximumFractionDigits: 0,
  });
  const stages = Object.entries(report.median_seconds_in_stage) as [Status, number | null][];
  const lost = Object.entries(report.lost_reasons).filter(([, count]) => count > 0);
  return render({
    ...shell(session, { title: t.numbers.title, page: 'numbers', here: '/board/numbers' }),
    given,
    canvas,
    facts: [
      { label: t.numbers.total, text: String(report.total) },
      {
        label: t.numbers.converted,
        text: `${report.counts.converted} (${percent(report.conversion.of_all, locale, t.none)})`,
      },
      { label: t.numbers.value, text: kroner.format(report.conversion.value_nok) },
      { label: t.numbers.response, text: span(report.first_response.median_seconds) },
      { label: t.numbers.waiting, text: String(report.first_response.waiting) },
    ],
    weekly: weeks.length > 0 ? weekly(weeks, t) : null,
    funnel: barsOf(
      reached(report).map(({ status, count }) => ({
        name: status,
        label: t.statuses[status],
        value: count,
        text: `${count} (${percent(report.total === 0 ? null : count / report.total, locale, t.none)})`,
      })),
    ),
    stages: barsOf(
      stages.map(([status, seconds]) => ({
        name: status,
        label: t.statuses[status],
        value: seconds ?? 0,
        text: span(seconds),
      })),
    ),
    lost:
      lost.length > 0
        ? barsOf(
            lost.map(([code, count]) => {
              const known = lostReasons.find((reason) => reason === code);
              return {
                name: 'lost',
                label: known ? t.lostReasons[known] : t.numbers.notGiven,
                value: count,
                text: String(count),
              };
            }),
          )
        : null,
  });
}
