import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  MetricReader,
} from '@opentelemetry/sdk-metrics';

/** Units as Prometheus writes them behind a name. A unit in braces is a remark and leaves no trace. */
const suffixes: Readonly<Record<string, string>> = { s: 'seconds', ms: 'milliseconds', By: 'bytes' };

/**
 * Puts the unit behind the name, as the collector's Prometheus exporter does: a dashboard finds a metric by one
 * name, whether Prometheus reads it here or there.
 */
export function withUnitSuffix(metric: MetricData): MetricData {
  const { name, unit } = metric.descriptor;
  const isRatio = unit === '1' && metric.dataPointType === DataPointType.GAUGE;
  const suffix = isRatio ? 'ratio' : (suffixes[unit] ?? '');
  const named = suffix === '' || name.endsWith(suffix) ? name : `${name}_${suffix}`;
  return { ...metric, descriptor: { ...metric.descriptor, name: named, unit: suffix } };
}

/** Reads all metrics of this process when asked, for a page that Prometheus scrapes. Serving it is the service's. */
export class ScrapeReader extends MetricReader {
  readonly #serializer = new PrometheusSerializer('', false, undefined, false, true);

  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
  }

  async read(): Promise<string> {
    const { resourceMetrics } = await this.collect();
    const scopeMetrics = resourceMetrics.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map(withUnitSuffix),
    }));
    return this.#serializer.serialize({ ...resourceMetrics, scopeMetrics });
  }

  protected async onShutdown(): Promise<void> {}

  protected async onForceFlush(): Promise<void> {}
}
