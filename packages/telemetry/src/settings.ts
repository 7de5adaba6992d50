import { readFileSync } from 'node:fs';
import {
  areKeyAndCertificate,
  attributeList,
  certificateFile,
  conventionList,
  endpoint,
  headerList,
  integer,
  keyFile,
  listOf,
  longestWait,
  notBlank,
  oneOf,
  oneOfAnyCase,
  type Rule,
  ratio,
  truth,
} from './setting-rules.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export const exporterNames = ['otlp', 'console', 'none'] as const;
/** `prometheus` asks for what is served in any case, on the port of the metrics. */
export const metricExporterNames = [...exporterNames, 'prometheus'] as const;
export const propagatorNames = ['tracecontext', 'baggage', 'none'] as const;
export const protocolNames = ['grpc', 'http/json', 'http/protobuf'] as const;
export const detectorNames = ['env', 'host', 'os', 'process', 'serviceinstance', 'all', 'none'] as const;
export const samplerNames = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** Of everything, and of one signal alone, which comes before it. */
const scopes = ['', 'TRACES_', 'METRICS_'] as const;
type Scope = (typeof scopes)[number];

const exporter = <S extends Scope>(scope: S) => ({
  [`OTEL_EXPORTER_OTLP_${scope}ENDPOINT`]: endpoint({ withQuery: scope !== '' }),
  [`OTEL_EXPORTER_OTLP_${scope}PROTOCOL`]: oneOf(...protocolNames),
  [`OTEL_EXPORTER_OTLP_${scope}HEADERS`]: headerList,
  [`OTEL_EXPORTER_OTLP_${scope}TIMEOUT`]: integer(),
  [`OTEL_EXPORTER_OTLP_${scope}COMPRESSION`]: oneOf('gzip', 'none'),
  [`OTEL_EXPORTER_OTLP_${scope}CERTIFICATE`]: certificateFile,
  [`OTEL_EXPORTER_OTLP_${scope}CLIENT_KEY`]: keyFile,
  [`OTEL_EXPORTER_OTLP_${scope}CLIENT_CERTIFICATE`]: certificateFile,
  [`OTEL_EXPORTER_OTLP_${scope}INSECURE`]: truth,
});

/** The variables of the standard that are understood here, by us or by a part of the SDK, each with its rule. */
export const telemetrySettings: Readonly<Record<string, Rule>> = {
  OTEL_SDK_DISABLED: truth,
  OTEL_LOG_LEVEL: oneOfAnyCase('none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'),
  OTEL_SERVICE_NAME: notBlank,
  OTEL_RESOURCE_ATTRIBUTES: attributeList,
  OTEL_NODE_RESOURCE_DETECTORS: listOf(...detectorNames),
  OTEL_PROPAGATORS: listOf(...propagatorNames),
  OTEL_SEMCONV_STABILITY_OPT_IN: conventionList,
  OTEL_TRACES_EXPORTER: listOf(...exporterNames),
  OTEL_METRICS_EXPORTER: listOf(...metricExporterNames),
  OTEL_TRACES_SAMPLER: oneOf(...samplerNames),
  OTEL_TRACES_SAMPLER_ARG: ratio,
  ...exporter(''),
  ...exporter('TRACES_'),
  ...exporter('METRICS_'),
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: oneOfAnyCase('cumulative', 'delta', 'lowmemory'),
  OTEL_METRIC_EXPORT_INTERVAL: integer(),
  OTEL_METRIC_EXPORT_TIMEOUT: integer(),
  OTEL_BSP_SCHEDULE_DELAY: integer(),
  OTEL_BSP_EXPORT_TIMEOUT: integer(),
  OTEL_BSP_MAX_QUEUE_SIZE: integer(),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: integer(),
  OTEL_ATTRIBUTE_COUNT_LIMIT: integer(0, longestWait),
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: integer(0, longestWait),
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: integer(0, longestWait),
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: integer(0, longestWait),
  OTEL_SPAN_EVENT_COUNT_LIMIT: integer(0, longestWait),
  OTEL_SPAN_LINK_COUNT_LIMIT: integer(0, longestWait),
  OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: integer(0, longestWait),
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: integer(0, longestWait),
};

/** Those that are secrets: each may be kept in the file that NAME_FILE names. */
export const telemetrySecrets: readonly string[] = scopes.map(
  (scope) => `OTEL_EXPORTER_OTLP_${scope}HEADERS`,
);

const isSet = (env: Environment, name: string) => env[name] !== undefined && env[name] !== '';

/**
 * A setting as it is given, by itself or by a file; undefined where it is left out. By the standard an empty one is.
 *
 * @throws Error of which the message says what is wrong, and repeats nothing
 */
export function givenSetting(name: string, env: Environment): string | undefined {
  const file = telemetrySecrets.includes(name) ? `${name}_FILE` : undefined;
  if (file === undefined || !isSet(env, file)) return isSet(env, name) ? env[name] : undefined;
  if (isSet(env, name)) throw new Error(`${name} and ${file} are both set: keep one of them`);
  try {
    return readFileSync(env[file] as string, 'utf8').trim();
  } catch {
    throw new Error(`${file} names a file that cannot be read`);
  }
}

function faultOf(name: string, judge: Rule, env: Environment): string | undefined {
  try {
    const value = givenSetting(name, env);
    const fault = value === undefined ? undefined : judge(value);
    return fault === undefined ? undefined : `${name}${fault.startsWith(':') ? '' : ' '}${fault}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A key without a certificate or the other way round, or two that do not belong together, as one exporter sees them. */
function clientFault(scope: Scope, env: Environment): string | undefined {
  const names = (kind: string) => [`OTEL_EXPORTER_OTLP_${scope}${kind}`, `OTEL_EXPORTER_OTLP_${kind}`];
  const nameOf = (kind: string) => names(kind).find((name) => isSet(env, name));
  const [key, certificate] = [nameOf('CLIENT_KEY'), nameOf('CLIENT_CERTIFICATE')];
  if (key === undefined && certificate === undefined) return undefined;
  if (key === undefined) return `${certificate} is set, but its CLIENT_KEY is not`;
  if (certificate === undefined) return `${key} is set, but its CLIENT_CERTIFICATE is not`;
  return areKeyAndCertificate(env[key] as string, env[certificate] as string)
    ? undefined
    : `${key} is not the key of ${certificate}`;
}

/** The SDK would send smaller batches than it was asked for. */
function batchFault(env: Environment): string | undefined {
  const [batch, queue] = ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 'OTEL_BSP_MAX_QUEUE_SIZE'];
  return isSet(env, batch) && Number(env[batch]) > Number(env[queue] || 2_048)
    ? `${batch} must not be more than ${queue}, which is 2048 where it is left out`
    : undefined;
}

/**
 * Every fault of the telemetry's settings, one line each. The specification has most of them ignored with a warning; here
 * they count like those of any other setting, since whoever sets one wants to see what it sends.
 */
export function telemetryFaults(env: Environment): string[] {
  const own = Object.entries(telemetrySettings).map(([name, judge]) => faultOf(name, judge, env));
  const found = own.filter((fault) => fault !== undefined);
  // Whether two go together is asked only where each is right by itself.
  const together =
    found.length > 0 ? [] : [...scopes.map((scope) => clientFault(scope, env)), batchFault(env)];
  return [...new Set([...found, ...together.filter((fault) => fault !== undefined)])];
}
