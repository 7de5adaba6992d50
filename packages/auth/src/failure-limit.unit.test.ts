import { describe, expect, it } from 'vitest';
import { FailureLimit } from './failure-limit.ts';

describe('failed attempts', () => {
  it('are limited by place, in a window that rolls', () => {
    let now = 0;
    const limit = new FailureLimit({ max: 2, windowMs: 100 }, () => now);
    limit.note('a');
    now = 60;
    expect(limit.waitOf('a')).toBe(0);
    limit.note('a');
    expect([limit.waitOf('a'), limit.waitOf('b')]).toEqual([40, 0]);
    now = 101;
    expect(limit.waitOf('a')).toBe(0);
    limit.note('a');
    expect(limit.waitOf('a')).toBe(59);
  });

  it('of ever new places take a bounded memory, and the newest are remembered', () => {
    const limit = new FailureLimit({ max: 1, windowMs: 100 }, () => 0);
    for (let place = 0; place <= 10_000; place += 1) limit.note(String(place));
    expect([limit.waitOf('0'), limit.waitOf('1'), limit.waitOf('10000')]).toEqual([0, 100, 100]);
  });
});
