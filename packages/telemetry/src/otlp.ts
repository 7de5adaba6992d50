import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

const exporters: Readonly<Record<string, () => GrpcExporter | JsonExporter | ProtobufExporter>> = {
  grpc: () => new GrpcExporter(),
  'http/json': () => new JsonExporter(),
  'http/protobuf': () => new ProtobufExporter(),
};

const milliseconds = (text: string | undefined, fallback: number) => {
  const given = Number(text);
  return Number.isFinite(given) && given > 0 ? given : fallback;
};

/**
 * Pushes metrics by OTLP, as the standard variables say. The SDK would make this reader by itself, but only as
 * long as it has no other: we have one for `/metrics` beside it.
 */
export function createOtlpReader(env: NodeJS.ProcessEnv): PeriodicExportingMetricReader {
  const protocol = env.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL ?? '';
  const createExporter = exporters[protocol.trim()] ?? (() => new ProtobufExporter());
  const exportIntervalMillis = milliseconds(env.OTEL_METRIC_EXPORT_INTERVAL, 60_000);
  return new PeriodicExportingMetricReader({
    exporter: createExporter(),
    exportIntervalMillis,
    exportTimeoutMillis: Math.min(milliseconds(env.OTEL_METRIC_EXPORT_TIMEOUT, 30_000), exportIntervalMillis),
  });
}
