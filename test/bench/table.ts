import { type Bound, type Judged, tally, type Unit } from './judge/judge.ts';
import type { Report } from './report.ts';

/** Three digits that count, with thousands set apart. */
export function figure(value: number, unit?: Unit): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  if (unit === undefined) return text;
  return unit === '/s' ? `${text}/s` : `${text} ${unit}`;
}

const bound = (limit: Bound | undefined, unit?: Unit): string => {
  if (!limit) return '';
  return 'atLeast' in limit ? `≥ ${figure(limit.atLeast, unit)}` : `≤ ${figure(limit.atMost, unit)}`;
};

function verdict({ absent, met, held }: Judged): string {
  if (absent) return `not measured (${absent})`;
  const aim = met === undefined ? '' : met ? 'met' : 'missed';
  return held === false ? `${aim}, BELOW ITS FLOOR` : aim;
}

const columns = ['section', 'measured', 'median', 'range', 'target'];

function cells(row: Judged, short: boolean): string[] {
  const { section, what, spread, unit, target, floor } = row;
  const range = spread ? `${figure(spread.least)}–${figure(spread.most)}` : '';
  return [
    ...[section, what, spread ? figure(spread.median, unit) : '', range, bound(target, unit)],
    ...(short ? [bound(floor, unit)] : []),
    verdict(row),
  ];
}

const heads = (short: boolean) => [...columns, ...(short ? ['floor'] : []), ''];

/** One line for what the table comes to. */
export function summary({ rows, short }: Report): string {
  const { met, missed, held, broken, absent } = tally(rows);
  return [
    `targets: ${met} met, ${missed} missed`,
    ...(short ? [`floors: ${held} held, ${broken} broken`] : []),
    ...(absent > 0 ? [`${absent} not measured`] : []),
  ].join('; ');
}

/** The table for a terminal. */
export function toText({ rows, short }: Report): string {
  const lines = [heads(short), ...rows.map((row) => cells(row, short))];
  const widths = heads(short).map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The same as a table of Markdown. */
export function toMarkdown({ rows, short }: Report): string {
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  return [
    line(heads(short)),
    line(heads(short).map(() => '---')),
    ...rows.map((row) => line(cells(row, short))),
  ].join('\n');
}
