export { count, recordSubmissionToSent } from './metrics.ts';
export { attributes, metricNames } from './names.ts';
export {
  captureTraceContext,
  linkTo,
  restoreTraceContext,
  type TraceContext,
  withoutTracing,
} from './propagation.ts';
export { stopTelemetry } from './sdk.ts';
export { activeTraceIds, type Span, SpanKind, type SpanOptions, withSpan } from './spans.ts';
