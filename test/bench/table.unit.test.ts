import { describe, expect, it } from 'vitest';
import type { Report } from './report.ts';
import { figure, summary, toMarkdown, toText } from './table.ts';

const report: Report = {
  ground: ['PostgreSQL 15'],
  ...{ short: true, runs: 3, partial: false, seconds: 61, measured: {}, failures: [] },
  rows: [
    {
      section: 'accepted',
      what: 'accepted',
      unit: '/s',
      spread: { median: 2310.4, least: 2250, most: 2380 },
    },
    {
      ...{ section: 'accepted', what: 'accepted / pgbench', spread: { median: 0.4, least: 0.3, most: 0.5 } },
      ...{ target: { atLeast: 2 }, met: false, floor: { atLeast: 0.5 }, held: false },
    },
    { section: 'accepted', what: 'pgbench', absent: 'pgbench is not installed' },
  ],
};

describe('the table', () => {
  it('shows three digits that count, and sets thousands apart', () => {
    expect([1234567, 512.34, 51.234, 5.1234, 0.043].map((value) => figure(value))).toEqual([
      '1,234,567',
      '512',
      '51.2',
      '5.12',
      '0.04',
    ]);
    expect(figure(2310, '/s')).toBe('2,310/s');
    expect(figure(5.6, 'ms')).toBe('5.60 ms');
  });

  it('says of each row what was wanted and whether it came to that', () => {
    const lines = toText(report).split('\n');
    expect(lines[1]).toMatch(/accepted +2,310\/s +2,250–2,380$/);
    expect(lines[2]).toMatch(/0\.40 +0\.30–0\.50 +≥ 2\.00 +≥ 0\.50 +missed, BELOW ITS FLOOR$/);
    expect(lines[3]).toMatch(/not measured \(pgbench is not installed\)$/);
  });

  it('leaves floors out where they do not count', () => {
    expect(toMarkdown({ ...report, short: false }).split('\n')[0]).not.toContain('floor');
    expect(toMarkdown(report).split('\n')[0]).toContain('| target | floor |');
  });

  it('sums up', () => {
    expect(summary(report)).toBe('targets: 0 met, 1 missed; floors: 0 held, 1 broken; 1 not measured');
  });
});
