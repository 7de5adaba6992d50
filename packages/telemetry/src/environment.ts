import { givenSetting, telemetrySecrets } from './settings.ts';

/** By the specification an empty variable counts as one that is not set, but not every part of the SDK reads it so. */
export function dropEmptySettings(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) {
    if (name.startsWith('OTEL_') && env[name] === '') delete env[name];
  }
}

/** Whether the attributes name the service, percent-encoded or not. They have been judged by then. */
const nameTheService = (attributes = '') =>
  attributes
    .split(',')
    .some((entry) => decodeURIComponent(entry.split('=')[0] ?? '').trim() === 'service.name');

/**
 * Sets what is left out to what this product wants; empty ones have been dropped.
 *
 * @param program the path of what runs: a service is named by it
 */
export function setDefaults(env: NodeJS.ProcessEnv, program = ''): void {
  const exporterFor = (signal: 'TRACES' | 'METRICS') =>
    (env.OTEL_EXPORTER_OTLP_ENDPOINT ?? env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]) ? 'otlp' : 'none';
  const [, service] = /services[/\\]([a-z]+)[/\\]src[/\\]main\.ts$/.exec(program) ?? [];
  // It would come before a name among the attributes.
  if (!nameTheService(env.OTEL_RESOURCE_ATTRIBUTES))
    env.OTEL_SERVICE_NAME ??= service ? `meander-${service}` : 'meander';
  env.OTEL_TRACES_EXPORTER ??= exporterFor('TRACES');
  env.OTEL_METRICS_EXPORTER ??= exporterFor('METRICS');
  env.OTEL_PROPAGATORS ??= 'tracecontext';
  env.OTEL_SEMCONV_STABILITY_OPT_IN ??= 'database';
  // The others tell the command line and the name of the user who started the process.
  env.OTEL_NODE_RESOURCE_DETECTORS ??= 'env,host,serviceinstance';
}

/**
 * Puts the secrets that files hold where the exporters look for them.
 *
 * @returns takes them away again, once the exporters have read them
 */
export function lendSecrets(env: NodeJS.ProcessEnv): () => void {
  const lent = telemetrySecrets.filter((name) => env[`${name}_FILE`] !== undefined);
  for (const name of lent) env[name] = givenSetting(name, env);
  return () => {
    for (const name of lent) delete env[name];
  };
}
