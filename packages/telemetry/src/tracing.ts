import { getNumberFromEnv, getStringFromEnv } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ConsoleSpanExporter,
  NoopSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  SimpleSpanProcessor,
  type SpanLimits,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { loadSpanExporter } from './otlp.ts';
import type { exporterNames, samplerNames } from './settings.ts';

/** Without what is not set: the SDK's own default stands only where a key is missing. */
const given = <T extends object>(settings: T) =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

const ratioFromEnv = () => getNumberFromEnv('OTEL_TRACES_SAMPLER_ARG') ?? 1;

const samplers: Record<(typeof samplerNames)[number], () => Sampler> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: () => new TraceIdRatioBasedSampler(ratioFromEnv()),
  parentbased_always_on: () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  parentbased_always_off: () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  parentbased_traceidratio: () =>
    new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratioFromEnv()) }),
};

/** As `OTEL_TRACES_SAMPLER` says; by default every trace whose caller did not decide otherwise. */
function createSampler(): Sampler | undefined {
  const name = getStringFromEnv('OTEL_TRACES_SAMPLER');
  return name === undefined ? undefined : samplers[name as keyof typeof samplers]();
}

/** The standard's limits of one span; a span's own come before those of everything. */
function spanLimits(): SpanLimits {
  const limit = (...names: string[]) => names.map(getNumberFromEnv).find((value) => value !== undefined);
  return given({
    attributeCountLimit: limit('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'),
    attributeValueLengthLimit: limit(
      'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT',
      'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    ),
    eventCountLimit: limit('OTEL_SPAN_EVENT_COUNT_LIMIT'),
    linkCountLimit: limit('OTEL_SPAN_LINK_COUNT_LIMIT'),
    attributePerEventCountLimit: limit('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT'),
    attributePerLinkCountLimit: limit('OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'),
  });
}

const processors: Record<(typeof exporterNames)[number], () => Promise<SpanProcessor>> = {
  otlp: async () =>
    new BatchSpanProcessor({
      exporter: await loadSpanExporter(),
      ...given({
        maxQueueSize: getNumberFromEnv('OTEL_BSP_MAX_QUEUE_SIZE'),
        scheduledDelayMillis: getNumberFromEnv('OTEL_BSP_SCHEDULE_DELAY'),
        exportTimeoutMillis: getNumberFromEnv('OTEL_BSP_EXPORT_TIMEOUT'),
        maxExportBatchSize: getNumberFromEnv('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
      }),
    }),
  console: async () => new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() }),
  // Without any processor no span would be made at all: the logs would have no ids, and the outbox no context
  // for a consumer that does send its spans somewhere.
  none: async () => new NoopSpanProcessor(),
};

/**
 * Makes the spans of this process, sampled, limited and batched as the standard variables say.
 * @param names of `OTEL_TRACES_EXPORTER`: otlp, console, none
 */
export async function createTracing(resource: Resource, names: readonly string[]): Promise<TracerProvider> {
  const spanProcessors: SpanProcessor[] = [];
  for (const name of new Set(names)) spanProcessors.push(await processors[name as keyof typeof processors]());
  return new TracerProvider({
    resource,
    spanProcessors,
    ...given({ sampler: createSampler(), spanLimits: spanLimits() }),
  });
}
