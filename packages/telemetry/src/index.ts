export { withBatchSpan } from './batch-span.ts';
export { type GaugeName, observe, type Reading, type Readings } from './gauges.ts';
export { count, recordDuration, recordSubmissionToSent, startAtZero } from './metrics.ts';
export { attributes, conventions, gaugeNames, labels, metricNames } from './names.ts';
export {
  captureTraceContext,
  linkTo,
  restoreTraceContext,
  type TraceContext,
  withoutTracing,
} from './propagation.ts';
export { readMetrics, stopTelemetry } from './sdk.ts';
export { telemetryFaults, telemetrySecrets, telemetrySettings } from './settings.ts';
export { activeTraceIds, type Span, SpanKind, type SpanOptions, withSpan, withSyncSpan } from './spans.ts';
