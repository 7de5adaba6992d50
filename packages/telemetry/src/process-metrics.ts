import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { metrics } from '@opentelemetry/api';
import { conventions } from './names.ts';

/** Over which time the delay is summed up, in milliseconds. */
const windowLength = 10_000;
const nanosecond = 1e-9;
const statistics = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'] as const;

/**
 * How busy this process is: delay and utilisation of its event loop, and its memory. The delay is that of the
 * last whole window, whoever asks and how often: a histogram that each reader resets would hide from one what
 * the other has seen.
 */
export function observeProcess(): void {
  const meter = metrics.getMeter('meander');
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let window: Record<(typeof statistics)[number], number> | undefined;
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  let utilization: number | undefined;

  setInterval(() => {
    const { min, max, mean, stddev } = delay;
    window = {
      min,
      max,
      mean,
      stddev,
      p50: delay.percentile(50),
      p90: delay.percentile(90),
      p99: delay.percentile(99),
    };
    delay.reset();
    const now = performance.eventLoopUtilization();
    utilization = performance.eventLoopUtilization(now, before).utilization;
    before = now;
  }, windowLength).unref();

  for (const statistic of statistics) {
    meter
      .createObservableGauge(`${conventions.eventLoopDelay}.${statistic}`, {
        description: `Event loop delay of the last ten seconds, ${statistic}`,
        unit: 's',
      })
      .addCallback((result) => {
        const value = window?.[statistic] ?? Number.NaN;
        if (Number.isFinite(value)) result.observe(value * nanosecond);
      });
  }
  meter
    .createObservableGauge(conventions.eventLoopUtilization, {
      description: 'Share of the last ten seconds in which the event loop was busy',
      unit: '1',
    })
    .addCallback((result) => {
      if (utilization !== undefined) result.observe(utilization);
    });
  meter
    .createObservableUpDownCounter(conventions.memoryUsage, {
      description: 'Physical memory in use',
      unit: 'By',
    })
    .addCallback((result) => result.observe(process.memoryUsage.rss()));
}
