import { register } from 'node:module';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { NodeSDK } from '@opentelemetry/sdk-node';

let sdk: NodeSDK | undefined;

/**
 * Starts OpenTelemetry for this process; called by the preloaded `register.ts` before any other module, so
 * that the driver can be instrumented. Everything is set by the standard OTEL_* variables; without an OTLP
 * endpoint nothing is exported, but spans are still made: the logs carry their ids and the outbox their context.
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
  register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
  sdk = new NodeSDK({ instrumentations: [new PgInstrumentation({ requireParentSpan: true })] });
  sdk.start();
}

/** Sends what is still buffered and ends the SDK. Never throws and takes at most two seconds: telemetry must not hold a process back. */
export async function stopTelemetry(): Promise<void> {
  const stopping = sdk;
  sdk = undefined;
  if (!stopping) return;
  const deadline = new Promise<void>((resolve) => {
    setTimeout(resolve, 2_000).unref();
  });
  await Promise.race([stopping.shutdown().catch(() => {}), deadline]);
}
