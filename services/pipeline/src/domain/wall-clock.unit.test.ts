import { describe, expect, it } from 'vitest';
import { fromWallClock, toWallClock } from './wall-clock.ts';

describe('a wall clock in Oslo', () => {
  it.each([
    ['2027-01-15T13:00', '2027-01-15T12:00:00.000Z'],
    ['2027-07-15T13:00', '2027-07-15T11:00:00.000Z'],
    ['2027-03-28T01:59', '2027-03-28T00:59:00.000Z'],
    ['2027-03-28T03:00', '2027-03-28T01:00:00.000Z'],
    ['2027-10-31T03:00', '2027-10-31T02:00:00.000Z'],
    ['2027-01-01T00:30', '2026-12-31T23:30:00.000Z'],
  ])('%s is %s, and back', (text, moment) => {
    expect(fromWallClock(text)?.toISOString()).toBe(moment);
    expect(toWallClock(new Date(moment))).toBe(text);
  });

  it('shows an hour twice in autumn, of which the first is meant, and leaves one out in spring', () => {
    expect(fromWallClock('2027-10-31T02:30')?.toISOString()).toBe('2027-10-31T00:30:00.000Z');
    expect(fromWallClock('2027-03-28T02:30')).toBeUndefined();
  });

  it.each(['', '2027-02-30T10:00', '2027-13-01T10:00', '2027-01-01T24:30', '2027-01-01', 'i morgen'])(
    'never shows %j',
    (text) => expect(fromWallClock(text)).toBeUndefined(),
  );
});
