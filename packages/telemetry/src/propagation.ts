import { type Context, context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';

/** The W3C trace context of one moment, as it is stored in a row or a message header. */
export interface TraceContext {
  traceparent: string;
  tracestate?: string;
}

/** The active context, or undefined where no span is active. */
export function captureTraceContext(): TraceContext | undefined {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  if (carrier.traceparent === undefined) return undefined;
  return carrier.tracestate === undefined
    ? { traceparent: carrier.traceparent }
    : { traceparent: carrier.traceparent, tracestate: carrier.tracestate };
}

/** Reads a stored context back; a missing or malformed one gives the root context, in which a span starts a trace. */
export function restoreTraceContext(carrier: object | null | undefined): Context {
  return propagation.extract(ROOT_CONTEXT, carrier ?? {});
}

/** The span context to link to, or undefined where the stored one is missing or malformed. */
export function linkTo(carrier: object | null | undefined) {
  return trace.getSpanContext(restoreTraceContext(carrier));
}

/** Runs background work (polling, probing) without leaving a span of every query. */
export function withoutTracing<T>(work: () => T): T {
  return context.with(suppressTracing(context.active()), work);
}
