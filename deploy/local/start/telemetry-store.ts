import type { Point, Span } from './otlp.ts';

/** More is nobody's to look at on one page, and a local start may run for days. */
const most = { traces: 100, spansPerTrace: 300, series: 5_000 };

/** What the services have told lately, in memory alone. */
export interface TelemetryStore {
  addSpans(spans: readonly Span[]): void;
  setPoints(points: readonly Point[]): void;
  /** The traces that began with a request, the newest first. */
  requests(limit: number): Span[][];
  /** The sum of a metric's series that have these labels, over all services; undefined where there is none. */
  total(metric: string, labels?: Record<string, string>): number | undefined;
  /** The largest of them: for what every service tells alike. */
  largest(metric: string, labels?: Record<string, string>): number | undefined;
  /** The mean of a histogram's values. */
  mean(metric: string): number | undefined;
}

const isRequest = ({ kind }: Span) => kind === 2;

export function createTelemetryStore(): TelemetryStore {
  /** In the order of their first span. */
  const traces = new Map<string, Span[]>();
  const series = new Map<string, Point>();

  const find = (metric: string, labels: Record<string, string> = {}) =>
    [...series.values()].filter(
      (point) =>
        point.metric === metric &&
        Object.entries(labels).every(([name, value]) => point.labels[name] === value),
    );

  return {
    addSpans(spans) {
      for (const span of spans) {
        const trace = traces.get(span.traceId) ?? [];
        if (trace.length < most.spansPerTrace) trace.push(span);
        traces.set(span.traceId, trace);
      }
      for (const oldest of traces.keys()) {
        if (traces.size <= most.traces) break;
        traces.delete(oldest);
      }
    },
    setPoints(points) {
      for (const point of points) {
        const key = JSON.stringify([point.service, point.metric, point.labels]);
        if (series.has(key) || series.size < most.series) series.set(key, point);
      }
    },
    requests: (limit) =>
      [...traces.values()]
        .filter((trace) => trace.some(isRequest))
        .sort((a, b) => startOf(b) - startOf(a))
        .slice(0, limit),
    total(metric, labels) {
      const found = find(metric, labels);
      return found.length > 0 ? found.reduce((sum, { value }) => sum + value, 0) : undefined;
    },
    largest(metric, labels) {
      const found = find(metric, labels);
      return found.length > 0 ? Math.max(...found.map(({ value }) => value)) : undefined;
    },
    mean(metric) {
      const found = find(metric);
      const count = found.reduce((sum, point) => sum + (point.count ?? 0), 0);
      return count > 0 ? found.reduce((sum, { value }) => sum + value, 0) / count : undefined;
    },
  };
}

const startOf = (trace: readonly Span[]) => Math.min(...trace.map(({ start }) => start));
