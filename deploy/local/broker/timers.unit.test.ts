import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Countdown } from './countdown.ts';
import { Heartbeat } from './heartbeat.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a countdown ends once, when its last start says so', () => {
  const onEnd = vi.fn();
  const countdown = new Countdown(onEnd);
  countdown.restart(100);
  vi.advanceTimersByTime(60);
  countdown.restart(100);
  vi.advanceTimersByTime(99);
  expect(onEnd).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(onEnd).toHaveBeenCalledTimes(1);
  countdown.restart(100);
  countdown.stop();
  vi.advanceTimersByTime(1000);
  expect(onEnd).toHaveBeenCalledTimes(1);
});

test('a countdown can be longer than Node’s longest timer', () => {
  const onEnd = vi.fn();
  new Countdown(onEnd).restart(2 ** 32);
  vi.advanceTimersByTime(2 ** 32 - 1);
  expect(onEnd).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(onEnd).toHaveBeenCalledTimes(1);
});

test('a heartbeat goes out each half interval, and a peer silent for two intervals is given up', () => {
  const heartbeat = new Heartbeat();
  const [beat, expire] = [vi.fn(), vi.fn()];
  heartbeat.start(10, { beat, expire });
  vi.advanceTimersByTime(20_000);
  expect(beat).toHaveBeenCalledTimes(4);
  heartbeat.heard();
  vi.advanceTimersByTime(20_000);
  expect(expire).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5_000);
  expect(expire).toHaveBeenCalledTimes(1);
  heartbeat.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('without an interval there is no heartbeat', () => {
  new Heartbeat().start(0, { beat: vi.fn(), expire: vi.fn() });
  expect(vi.getTimerCount()).toBe(0);
});
