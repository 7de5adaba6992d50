import { describe, expect, it } from 'vitest';
import { type Claim, judge, type Measured, ratios, tally, within } from './judge.ts';
import { median, percentile, spreadOf } from './statistics.ts';

describe('the statistics', () => {
  it('take the middle of an odd number, and halfway of an even one, in whatever order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 9, 1, 2])).toBe(5.5);
  });

  it('are not led astray by one bad run', () => {
    expect(spreadOf([100, 98, 4])).toEqual({ median: 98, least: 4, most: 100 });
  });

  it('give as a percentile a value that was measured', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 99, 100]);
    expect(percentile([7], 0.01)).toBe(7);
  });

  it('refuse to make a figure of nothing', () => {
    expect(() => median([])).toThrow(RangeError);
    expect(() => percentile([], 0.5)).toThrow(RangeError);
  });
});

describe('a bound', () => {
  it('is met at its very value', () => {
    expect(within(2, { atLeast: 2 })).toBe(true);
    expect(within(2, { atMost: 2 })).toBe(true);
  });

  it('is missed on the wrong side', () => {
    expect(within(1.999, { atLeast: 2 })).toBe(false);
    expect(within(2.001, { atMost: 2 })).toBe(false);
  });
});

describe('a ratio', () => {
  it('is made run by run, so that a slow spell of the machine cancels out', () => {
    const of = [2_000, 1_000, 2_200];
    const over = [1_000, 500, 1_100];
    expect(ratios(of, over)).toEqual([2, 2, 2]);
  });

  it('leaves out runs that only one side has', () => {
    expect(ratios([4, 6], [2])).toEqual([2]);
  });
});

const claims: Claim[] = [
  { what: 'accepted', of: 'ours' },
  { what: 'of theirs', of: 'ours', over: 'theirs', target: { atLeast: 2 }, floor: { atLeast: 0.5 } },
  { what: 'wait', of: 'wait', target: { atMost: 6 } },
];
const measured: Measured = {
  ours: { unit: '/s', values: [300, 100, 200] },
  theirs: { unit: '/s', values: [100, 100, 200] },
  wait: { unit: 'ms', values: [7] },
};

describe('the judgement', () => {
  const [figure, ratio, wait] = judge('a section', claims, measured, { short: true });

  it('shows a figure without a target and does not judge it', () => {
    expect(figure).toEqual({
      section: 'a section',
      what: 'accepted',
      unit: '/s',
      spread: { median: 200, least: 100, most: 300 },
    });
  });

  it('judges a ratio by its median, against its target and its floor', () => {
    expect(ratio).toMatchObject({ spread: { median: 1, least: 1, most: 3 }, met: false, held: true });
    expect(ratio).not.toHaveProperty('unit');
  });

  it('judges a figure by itself too', () => {
    expect(wait).toMatchObject({ unit: 'ms', met: false });
  });

  it('leaves floors to the short form', () => {
    const [, long] = judge('a section', claims, measured, { short: false });
    expect(long).not.toHaveProperty('held');
    expect(long).not.toHaveProperty('floor');
  });

  it('breaks a floor that the median is below', () => {
    const slow = { ...measured, ours: { unit: '/s' as const, values: [40, 45, 300] } };
    const rows = judge('a section', claims, slow, { short: true });
    expect(rows[1]).toMatchObject({ held: false });
    expect(tally(rows)).toEqual({ met: 0, missed: 2, held: 0, broken: 1, absent: 0 });
  });

  it('passes no verdict on what was not measured, and says why', () => {
    const rows = judge(
      'a section',
      claims,
      { ...measured, theirs: 'pgbench is not installed' },
      { short: true },
    );
    expect(rows[1]).toEqual({
      section: 'a section',
      what: 'of theirs',
      target: { atLeast: 2 },
      floor: { atLeast: 0.5 },
      absent: 'pgbench is not installed',
    });
    expect(judge('a section', claims, {}, { short: true })[2]).toMatchObject({
      absent: 'wait: not measured',
    });
    expect(tally(rows)).toMatchObject({ absent: 1, met: 0 });
  });

  it('makes no ratio of what was nothing per second', () => {
    const stuck = { ...measured, theirs: { unit: '/s' as const, values: [0] } };
    expect(judge('a section', claims, stuck, { short: true })[1]).toHaveProperty('absent');
  });
});
