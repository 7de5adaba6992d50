import { describe, expect, it } from 'vitest';
import {
  afterAnswer,
  afterFault,
  afterMail,
  allowedByNow,
  healthy,
  type RelayHealth,
} from './relay-health.ts';

const second = 1_000;
const fault = (health: RelayHealth, now: number, { probe = false, reason = 'away' as const } = {}) =>
  afterFault(health, { reason, probe, now, random: 0 });

/** When a relay that never answers is asked, over `span` milliseconds. */
function probeTimes(reason: 'away' | 'login', span: number): number[] {
  const times: number[] = [];
  let health = afterFault(healthy, { reason, probe: false, now: 0, random: 0 });
  while (health.kind === 'paused' && health.probeAt <= span) {
    times.push(health.probeAt);
    health = afterFault(health, { reason, probe: true, now: health.probeAt, random: 0 });
  }
  return times;
}

describe('a relay that is away', () => {
  it('is asked soon, then ever more seldom, at least once a minute', () => {
    expect(probeTimes('away', 200 * second)).toEqual([1, 3, 8, 18, 48, 108, 168].map((s) => s * second));
  });

  it('gets no mail, and mails that were under way when it went tell nothing new', () => {
    const paused = fault(healthy, 0);
    expect(allowedByNow(paused, 10 * second)).toBe(0);
    expect(fault(paused, 500)).toBe(paused);
  });

  it('is not hammered: fewer than 5,000 connections in 72 hours', () => {
    expect(probeTimes('away', 72 * 3_600 * second).length).toBeLessThan(5_000);
  });
});

it('a relay that refuses our login is asked every five minutes at most: many wrong ones lock an account', () => {
  const times = probeTimes('login', 24 * 3_600 * second);
  expect(times.length).toBeLessThan(300);
  expect(times.slice(0, 3)).toEqual([2 * second, 7 * second, 22 * second]);
});

describe('a relay that is back', () => {
  const back = afterAnswer(fault(healthy, 0), 100 * second);

  it('gets one mail first, and ever more until it gets all', () => {
    const at = (seconds: number) => allowedByNow(back, (100 + seconds) * second);
    expect(at(0)).toBe(1);
    expect(at(1)).toBeLessThanOrEqual(5);
    expect(at(5)).toBeLessThanOrEqual(26);
    expect(at(30)).toBeGreaterThan(1_000);
    expect(at(60)).toBe(Number.POSITIVE_INFINITY);
  });

  it('but refuses the first mail is asked ever more seldom, although it answers each probe', () => {
    let health: RelayHealth = healthy;
    const waits: number[] = [];
    for (let now = 0, round = 0; round < 5; round += 1) {
      health = fault(health, now);
      if (health.kind === 'paused') {
        waits.push(health.probeAt - now);
        now = health.probeAt;
      }
      health = afterAnswer(health, now);
    }
    expect(waits).toEqual([1, 2, 5, 10, 30].map((s) => s * second));
  });

  it('is trusted again once it has taken a mail', () => {
    const next = fault(afterMail(back), 200 * second);
    expect(next).toMatchObject({ kind: 'paused', probes: 0 });
  });
});

it('a relay that never failed gets all there is', () => {
  expect(allowedByNow(healthy, 0)).toBe(Number.POSITIVE_INFINITY);
  expect(afterAnswer(healthy, 5)).toBe(healthy);
  expect(afterMail(healthy)).toBe(healthy);
});
