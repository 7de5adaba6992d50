import { getNumberFromEnv, getStringFromEnv } from '@opentelemetry/core';
import {
  type IMetricReader,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { protocolNames } from './settings.ts';

type Protocol = (typeof protocolNames)[number];

/** Loaded when asked for: each brings its own encoder along, and gRPC a whole client of HTTP/2. */
const exporters: Readonly<{
  TRACES: Record<Protocol, () => Promise<SpanExporter>>;
  METRICS: Record<Protocol, () => Promise<PushMetricExporter>>;
}> = {
  TRACES: {
    grpc: async () => new (await import('@opentelemetry/exporter-trace-otlp-grpc')).OTLPTraceExporter(),
    'http/json': async () =>
      new (await import('@opentelemetry/exporter-trace-otlp-http')).OTLPTraceExporter(),
    'http/protobuf': async () =>
      new (await import('@opentelemetry/exporter-trace-otlp-proto')).OTLPTraceExporter(),
  },
  METRICS: {
    grpc: async () => new (await import('@opentelemetry/exporter-metrics-otlp-grpc')).OTLPMetricExporter(),
    'http/json': async () =>
      new (await import('@opentelemetry/exporter-metrics-otlp-http')).OTLPMetricExporter(),
    'http/protobuf': async () =>
      new (await import('@opentelemetry/exporter-metrics-otlp-proto')).OTLPMetricExporter(),
  },
};

/** The protocol that the standard variables name for a signal; HTTP with Protobuf is the standard's own choice. */
function protocolFor(signal: keyof typeof exporters): Protocol {
  return (getStringFromEnv(`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`) ??
    getStringFromEnv('OTEL_EXPORTER_OTLP_PROTOCOL') ??
    'http/protobuf') as Protocol;
}

/** What sends spans by OTLP; where and how, it reads from the standard variables itself. */
export function loadSpanExporter(): Promise<SpanExporter> {
  return exporters.TRACES[protocolFor('TRACES')]();
}

/** Pushes metrics at intervals, as the standard variables say. */
export function createPushReader(exporter: PushMetricExporter): IMetricReader {
  const exportIntervalMillis = getNumberFromEnv('OTEL_METRIC_EXPORT_INTERVAL') ?? 60_000;
  const timeout = getNumberFromEnv('OTEL_METRIC_EXPORT_TIMEOUT') ?? 30_000;
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis,
    exportTimeoutMillis: Math.min(timeout, exportIntervalMillis),
  });
}

/** What sends metrics by OTLP; where and how, it reads from the standard variables itself. */
export function loadMetricExporter(): Promise<PushMetricExporter> {
  return exporters.METRICS[protocolFor('METRICS')]();
}
