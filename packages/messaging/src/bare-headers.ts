/**
 * What is kept of headers that cannot be written again: the trace, and that the rest was left out. amqplib encodes 64 KiB
 * of headers, while 128 KiB may arrive, and it reads some values that it does not write: a number or a time out of its
 * range, a table that looks like a type of its own.
 */
export function bareHeaders({ traceparent }: Record<string, unknown> = {}): Record<string, unknown> {
  const hasTrace = typeof traceparent === 'string' && /^[\da-f-]{55}$/.test(traceparent);
  return { ...(hasTrace ? { traceparent } : {}), 'x-headers-left-out': true };
}
