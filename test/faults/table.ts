import type { Round } from './round.ts';
import type { RowResult } from './row.ts';

const columns = [
  'row',
  'bookings',
  'moves',
  'lost',
  'duplicated',
  'second mails',
  'recovered',
  'slowest answer',
  'figures',
  '',
];

/** Passed, failed, or why it was not tried. */
export function verdict({ skipped, faults }: RowResult): string {
  if (skipped) return `not tried: ${skipped}`;
  return faults.length === 0 ? 'passed' : 'FAILED';
}

function cells(row: RowResult): string[] {
  const { account, figures, notes } = row;
  const slowestOf = new Map<string, number>();
  for (const { what, milliseconds } of figures)
    slowestOf.set(what, Math.max(milliseconds, slowestOf.get(what) ?? 0));
  slowestOf.delete('slowest answer');
  const told = [...slowestOf].map(([what, milliseconds]) => `${what} ${milliseconds} ms`);
  return [
    row.name,
    String(account?.bookings ?? ''),
    String(account?.moves ?? ''),
    String(account?.lost.length ?? ''),
    String(account?.duplicated.length ?? ''),
    account ? `${account.mailCopies} of ${row.allowedCopies}` : '',
    String(account?.recovered ?? ''),
    row.skipped ? '' : `${row.slowest} ms`,
    [...told, ...notes].join(', '),
    verdict(row),
  ];
}

/** What nobody asked for belongs to no row. */
const toldUnexpected = ({ unexpected }: Round) => `Unexpected in the whole round: ${unexpected.length}.`;

/** The table for a terminal, and below it whatever is not as promised. */
export function toText(round: Round): string {
  const rows = [columns, ...round.rows.map(cells)];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const faults = [
    ...round.rows.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`)),
    ...[...round.faults, ...new Set(round.unexpected)].map((fault) => `the round: ${fault}`),
  ];
  return [...lines, '', toldUnexpected(round), ...(faults.length > 0 ? ['', ...faults] : [])].join('\n');
}

/** The same as a table of Markdown, with what each row does. */
export function toMarkdown(round: Round): string {
  const head = ['row', 'what happens', ...columns.slice(1)];
  const line = (cellsOf: readonly string[]) => `| ${cellsOf.join(' | ')} |`;
  return [
    line(head),
    line(head.map(() => '---')),
    ...round.rows.map((row) => {
      const [name = '', ...rest] = cells(row);
      const cases = row.cases.length > 0 ? ` (${row.cases.join(', ')})` : '';
      return line([`\`${name}\``, `${row.what}${cases}`, ...rest]);
    }),
    '',
    toldUnexpected(round),
  ].join('\n');
}

/** How many rows passed and failed; a fault of the round as a whole counts as one more. */
export function count(round: Round): { passed: number; failed: number; skipped: number } {
  const skipped = round.rows.filter((row) => row.skipped).length;
  const failed = round.rows.filter(({ faults }) => faults.length > 0).length;
  const whole = round.faults.length + round.unexpected.length > 0 ? 1 : 0;
  return { passed: round.rows.length - skipped - failed, failed: failed + whole, skipped };
}
