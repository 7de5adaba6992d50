import { createRequire } from 'node:module';
import {
  context,
  DiagConsoleLogger,
  diag,
  metrics,
  propagation,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  CompositePropagator,
  diagLogLevelFromString,
  getBooleanFromEnv,
  getStringFromEnv,
  getStringListFromEnv,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  osDetector,
  processDetector,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { ConsoleMetricExporter, type IMetricReader, MeterProvider } from '@opentelemetry/sdk-metrics';
import { createPushReader, loadMetricExporter } from './otlp.ts';
import { observeProcess } from './process-metrics.ts';
import { ScrapeReader } from './scrape.ts';
import { createTracing } from './tracing.ts';

let providers: readonly { shutdown(): Promise<void> }[] = [];
let scrapeReader: ScrapeReader | undefined;

/** The names of a standard variable, each once; those that are unknown are told and left out. */
function choose<T>(variable: string, known: Readonly<Record<string, T>>): T[] {
  return [...new Set(getStringListFromEnv(variable) ?? [])].flatMap((name) => {
    if (name === 'none') return [];
    const chosen = known[name];
    if (chosen === undefined) diag.warn(`${variable}="${name}" is unknown`);
    return chosen === undefined ? [] : [chosen];
  });
}

const detectors = {
  env: [envDetector],
  host: [hostDetector],
  os: [osDetector],
  process: [processDetector],
  serviceinstance: [serviceInstanceIdDetector],
  all: [envDetector, hostDetector, osDetector, processDetector, serviceInstanceIdDetector],
};

const propagators: Readonly<Record<string, TextMapPropagator>> = {
  tracecontext: new W3CTraceContextPropagator(),
  baggage: new W3CBaggagePropagator(),
};

const metricExporters = {
  otlp: loadMetricExporter,
  console: async () => new ConsoleMetricExporter(),
};

function setDefaults(env: NodeJS.ProcessEnv): void {
  const exporterFor = (signal: 'TRACES' | 'METRICS') =>
    (env.OTEL_EXPORTER_OTLP_ENDPOINT ?? env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]) ? 'otlp' : 'none';
  const [, service] = /services[/\\]([a-z]+)[/\\]src[/\\]main\.ts$/.exec(process.argv[1] ?? '') ?? [];
  env.OTEL_SERVICE_NAME ??= service ? `meander-${service}` : 'meander';
  env.OTEL_TRACES_EXPORTER ??= exporterFor('TRACES');
  env.OTEL_METRICS_EXPORTER ??= exporterFor('METRICS');
  env.OTEL_PROPAGATORS ??= 'tracecontext';
  env.OTEL_SEMCONV_STABILITY_OPT_IN ??= 'database';
  // The others tell the command line and the name of the user who started the process.
  env.OTEL_NODE_RESOURCE_DETECTORS ??= 'env,host,serviceinstance';
}

/**
 * Starts OpenTelemetry for this process; called by the preloaded `register.ts` before any other module.
 * Everything is set by the standard OTEL_* variables; without an OTLP endpoint nothing is sent, but spans are
 * still made (the logs carry their ids and the outbox their context) and metrics are still kept, for whoever
 * reads `/metrics`.
 *
 * The parts of the SDK are put together here, and not by its all-in-one package: that one loads every exporter
 * there is, which costs each process half a second and 50 MB.
 *
 * Only the driver's queries are instrumented automatically (their text has placeholders, never values). Spans
 * of HTTP, the limiter, messages and mail are made by hand where they happen: the automatic ones would put
 * client addresses, confirmation tokens and query strings into the traces.
 */
export async function startTelemetry(env: NodeJS.ProcessEnv): Promise<void> {
  if (getBooleanFromEnv('OTEL_SDK_DISABLED') || providers.length > 0) return;
  const logLevel = diagLogLevelFromString(getStringFromEnv('OTEL_LOG_LEVEL'));
  if (logLevel !== undefined) diag.setLogger(new DiagConsoleLogger(), { logLevel });
  setDefaults(env);

  const resource = defaultResource().merge(
    detectResources({ detectors: choose('OTEL_NODE_RESOURCE_DETECTORS', detectors).flat() }),
  );
  scrapeReader = new ScrapeReader();
  const readers: IMetricReader[] = [scrapeReader];
  for (const load of choose('OTEL_METRICS_EXPORTER', metricExporters))
    readers.push(createPushReader(await load()));
  const meterProvider = new MeterProvider({ resource, readers });
  const tracerProvider = await createTracing(resource, getStringListFromEnv('OTEL_TRACES_EXPORTER') ?? []);

  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: choose('OTEL_PROPAGATORS', propagators) }),
  );
  metrics.setGlobalMeterProvider(meterProvider);
  trace.setGlobalTracerProvider(tracerProvider);
  providers = [tracerProvider, meterProvider];

  new PgInstrumentation({ requireParentSpan: true });
  // The instrumentation sees the driver when it is required. Everybody else imports it, and gets this very
  // module: no loader has to watch every import for it, which would take a thread of its own and 70 MB.
  createRequire(import.meta.url)('pg');
  observeProcess();
}

/** Every metric of this process, as Prometheus reads them; undefined where telemetry was not started. */
export function readMetrics(): Promise<string> | undefined {
  return scrapeReader?.read();
}

/** Sends what is still buffered and ends the SDK. Never throws and takes at most two seconds: telemetry must not hold a process back. */
export async function stopTelemetry(): Promise<void> {
  const stopping = providers;
  providers = [];
  scrapeReader = undefined;
  if (stopping.length === 0) return;
  const deadline = new Promise<void>((resolve) => {
    setTimeout(resolve, 2_000).unref();
  });
  await Promise.race([Promise.allSettled(stopping.map((provider) => provider.shutdown())), deadline]);
}
