import { linkTo, restoreTraceContext, type TraceContext, withoutTracing } from './propagation.ts';
import { SpanKind, withSpan } from './spans.ts';

/**
 * One span for a statement that serves many traces at once: below the first of them, and linked to the others.
 * The driver's own span would repeat the long text of the statement, and hang below one trace alone, so none is
 * made.
 *
 * @param operation of SQL, in capitals
 */
export function withBatchSpan<T>(
  {
    operation,
    table,
    traces,
  }: { operation: string; table: string; traces: readonly (TraceContext | undefined)[] },
  work: () => Promise<T>,
): Promise<T> {
  const [first, ...others] = traces;
  return withSpan(
    `${operation} ${table}`,
    {
      parent: restoreTraceContext(first),
      kind: SpanKind.CLIENT,
      links: others.flatMap((trace) => linkTo(trace) ?? []).map((context) => ({ context })),
      attributes: {
        'db.system.name': 'postgresql',
        'db.operation.name': operation,
        'db.collection.name': table,
        ...(traces.length > 1 && { 'db.operation.batch.size': traces.length }),
      },
    },
    () => withoutTracing(work),
  );
}
