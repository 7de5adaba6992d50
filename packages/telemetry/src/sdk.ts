import { register } from 'node:module';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK, type NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { createOtlpReader } from './otlp.ts';
import { observeProcess } from './process-metrics.ts';
import { ScrapeReader } from './scrape.ts';

let sdk: NodeSDK | undefined;
let scrapeReader: ScrapeReader | undefined;

/**
 * Where spans go that nobody collects. Without any processor the SDK would make no spans at all: the logs would
 * have no ids, and the outbox no context for a consumer that does send its spans somewhere.
 */
const nowhere: NonNullable<NodeSDKConfiguration['spanProcessors']>[number] = {
  onStart() {},
  onEnd() {},
  shutdown: async () => {},
  forceFlush: async () => {},
};

/**
 * Starts OpenTelemetry for this process; called by the preloaded `register.ts` before any other module, so
 * that the driver can be instrumented. Everything is set by the standard OTEL_* variables; without an OTLP
 * endpoint nothing is sent, but spans are still made (the logs carry their ids and the outbox their context)
 * and metrics are still kept, for whoever reads `/metrics`.
 *
 * Only the driver's queries are instrumented automatically (their text has placeholders, never values). Spans
 * of HTTP, the limiter, messages and mail are made by hand where they happen: the automatic ones would put
 * client addresses, confirmation tokens and query strings into the traces.
 */
export function startTelemetry(env: NodeJS.ProcessEnv): void {
  if (env.OTEL_SDK_DISABLED === 'true' || sdk) return;
  const endpoint = (signal: string) =>
    env.OTEL_EXPORTER_OTLP_ENDPOINT ?? env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`];
  const [, service] = /services[/\\]([a-z]+)[/\\]src[/\\]main\.ts$/.exec(process.argv[1] ?? '') ?? [];
  env.OTEL_SERVICE_NAME ??= service ? `meander-${service}` : 'meander';
  env.OTEL_TRACES_EXPORTER ??= endpoint('TRACES') ? 'otlp' : 'none';
  env.OTEL_METRICS_EXPORTER ??= endpoint('METRICS') ? 'otlp' : 'none';
  env.OTEL_LOGS_EXPORTER ??= 'none';
  env.OTEL_PROPAGATORS ??= 'tracecontext';
  env.OTEL_SEMCONV_STABILITY_OPT_IN ??= 'database';
  // The others tell the command line and the name of the user who started the process.
  env.OTEL_NODE_RESOURCE_DETECTORS ??= 'env,host,serviceinstance';
  register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
  scrapeReader = new ScrapeReader();
  const metricReaders: IMetricReader[] = [scrapeReader];
  if (env.OTEL_METRICS_EXPORTER.split(',').includes('otlp')) metricReaders.push(createOtlpReader(env));
  sdk = new NodeSDK({
    metricReaders,
    ...(env.OTEL_TRACES_EXPORTER === 'none' ? { spanProcessors: [nowhere] } : {}),
    instrumentations: [new PgInstrumentation({ requireParentSpan: true })],
  });
  sdk.start();
  observeProcess();
}

/** Every metric of this process, as Prometheus reads them; undefined where telemetry was not started. */
export function readMetrics(): Promise<string> | undefined {
  return scrapeReader?.read();
}

/** Sends what is still buffered and ends the SDK. Never throws and takes at most two seconds: telemetry must not hold a process back. */
export async function stopTelemetry(): Promise<void> {
  const stopping = sdk;
  sdk = undefined;
  scrapeReader = undefined;
  if (!stopping) return;
  const deadline = new Promise<void>((resolve) => {
    setTimeout(resolve, 2_000).unref();
  });
  await Promise.race([stopping.shutdown().catch(() => {}), deadline]);
}
