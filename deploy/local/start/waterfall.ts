import type { Span } from './otlp.ts';

/** One line of a waterfall. */
export interface Row {
  span: Span;
  label: string;
  /** How far below the first span it hangs. */
  depth: number;
  /** From the start of the trace, in milliseconds. */
  offset: number;
  duration: number;
  failed: boolean;
}

export interface Waterfall {
  traceId: string;
  /** The request that began it. */
  title: string;
  status: string;
  start: number;
  duration: number;
  failed: boolean;
  services: string[];
  rows: Row[];
}

/** A query by its first word and its table, which is what a person looks for; everything else by its name. */
export function labelOf({ name, attributes }: Span): string {
  const query = attributes['db.query.text']?.trim();
  if (query === undefined) return name;
  const [, verb = ''] = /^(\w+)/.exec(query) ?? [];
  const [, table = ''] =
    /^(?:insert into|update|delete from|select\b.*?\bfrom) ([\w."]+)/is.exec(query) ?? [];
  return `${verb.toUpperCase()} ${table.replaceAll('"', '')}`.trim();
}

/** True where the span says itself that something went wrong, a mail that was not taken among it. */
function hasFailed({ failed, attributes }: Span): boolean {
  const outcome = attributes['meander.smtp.code'] && attributes['meander.outcome'];
  return (
    failed ||
    Number(attributes['http.response.status_code'] ?? 0) >= 500 ||
    Number(outcome !== undefined && outcome !== 'accepted' && outcome !== '') === 1
  );
}

/**
 * Orders the spans of one trace as a tree, each below its parent and in the order of their starts. A span whose
 * parent is not there (it belongs to the caller, or has not arrived yet) stands at the top.
 */
export function toWaterfall(trace: readonly Span[]): Waterfall {
  const known = new Set(trace.map(({ spanId }) => spanId));
  const byParent = Map.groupBy(trace, ({ parentSpanId }) => (known.has(parentSpanId) ? parentSpanId : ''));
  const start = Math.min(...trace.map((span) => span.start));
  const below = (parent: string, depth: number): Row[] =>
    [...(byParent.get(parent) ?? [])]
      .sort((a, b) => a.start - b.start)
      .flatMap((span) => [
        {
          span,
          label: labelOf(span),
          depth,
          offset: span.start - start,
          duration: Math.max(0, span.end - span.start),
          failed: hasFailed(span),
        },
        ...below(span.spanId, depth + 1),
      ]);
  const rows = below('', 0);
  const request = trace.find(({ kind }) => kind === 2) ?? trace[0];
  return {
    traceId: request?.traceId ?? '',
    title: request?.name ?? '',
    status: request?.attributes['http.response.status_code'] ?? '',
    start,
    duration: Math.max(...trace.map((span) => span.end)) - start,
    failed: rows.some(({ failed }) => failed),
    services: [...new Set(rows.map(({ span }) => span.service))],
    rows,
  };
}
