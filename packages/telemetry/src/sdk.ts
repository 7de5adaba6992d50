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
  type ResourceDetector,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import {
  ConsoleMetricExporter,
  type IMetricReader,
  MeterProvider,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { dropEmptySettings, lendSecrets, setDefaults } from './environment.ts';
import { createPushReader, loadMetricExporter } from './otlp.ts';
import { observeProcess } from './process-metrics.ts';
import { ScrapeReader } from './scrape.ts';
import { type detectorNames, type exporterNames, type propagatorNames, telemetryFaults } from './settings.ts';
import { createTracing } from './tracing.ts';

let providers: readonly { shutdown(): Promise<void> }[] = [];
let scrapeReader: ScrapeReader | undefined;

/** What the names of a standard variable stand for, each once. Those that are unknown have been refused by then. */
function choose<T>(variable: string, known: Readonly<Record<string, T>>): T[] {
  const names = new Set(getStringListFromEnv(variable));
  return [...names].flatMap((name) => (known[name] === undefined ? [] : [known[name]]));
}

const detectors: Record<Exclude<(typeof detectorNames)[number], 'none'>, ResourceDetector[]> = {
  env: [envDetector],
  host: [hostDetector],
  os: [osDetector],
  process: [processDetector],
  serviceinstance: [serviceInstanceIdDetector],
  all: [envDetector, hostDetector, osDetector, processDetector, serviceInstanceIdDetector],
};

const propagators: Record<Exclude<(typeof propagatorNames)[number], 'none'>, TextMapPropagator> = {
  tracecontext: new W3CTraceContextPropagator(),
  baggage: new W3CBaggagePropagator(),
};

const metricExporters: Record<
  Exclude<(typeof exporterNames)[number], 'none'>,
  () => Promise<PushMetricExporter>
> = {
  otlp: loadMetricExporter,
  console: async () => new ConsoleMetricExporter(),
};

/**
 * Starts OpenTelemetry for this process; called by the preloaded `register.ts` before any other module.
 * Everything is set by the standard OTEL_* variables; without an OTLP endpoint nothing is sent, but spans are
 * still made (the logs carry their ids and the outbox their context) and metrics are still kept, for whoever
 * reads `/metrics`.
 *
 * Never throws. Where a setting is wrong telemetry stays off: the configuration of the service, which comes next,
 * tells it together with every other fault. @see telemetryFaults
 */
export async function startTelemetry(env: NodeJS.ProcessEnv): Promise<void> {
  if (providers.length > 0) return;
  dropEmptySettings(env);
  if (telemetryFaults(env).length > 0 || getBooleanFromEnv('OTEL_SDK_DISABLED')) return;
  setDefaults(env, process.argv[1]);
  const takeBack = lendSecrets(env);
  try {
    await assemble();
  } catch (error) {
    // The message may hold what was set.
    process.stderr.write(`Telemetry is off: it could not be started (${(error as Error).name})\n`);
  } finally {
    takeBack();
  }
}

/**
 * The parts of the SDK are put together here, and not by its all-in-one package: that one loads every exporter
 * there is, which costs each process half a second and 50 MB.
 *
 * Only the driver's queries are instrumented automatically (their text has placeholders, never values). Spans
 * of HTTP, the limiter, messages and mail are made by hand where they happen: the automatic ones would put
 * client addresses, confirmation tokens and query strings into the traces.
 */
async function assemble(): Promise<void> {
  const logLevel = diagLogLevelFromString(getStringFromEnv('OTEL_LOG_LEVEL'));
  if (logLevel !== undefined) diag.setLogger(new DiagConsoleLogger(), { logLevel });

  const resource = defaultResource().merge(
    detectResources({ detectors: choose('OTEL_NODE_RESOURCE_DETECTORS', detectors).flat() }),
  );
  const scraper = new ScrapeReader();
  const readers: IMetricReader[] = [scraper];
  for (const load of choose('OTEL_METRICS_EXPORTER', metricExporters))
    readers.push(createPushReader(await load()));
  const tracerProvider = await createTracing(resource, getStringListFromEnv('OTEL_TRACES_EXPORTER') ?? []);
  // Last of what may fail: it starts the readers' timers.
  const meterProvider = new MeterProvider({ resource, readers });

  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: choose('OTEL_PROPAGATORS', propagators) }),
  );
  metrics.setGlobalMeterProvider(meterProvider);
  trace.setGlobalTracerProvider(tracerProvider);
  providers = [tracerProvider, meterProvider];
  scrapeReader = scraper;

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
