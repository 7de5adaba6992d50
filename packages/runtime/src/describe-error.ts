/**
 * The messages of these are made by the engine from the code that ran or by ourselves, never from a person's
 * input. A SyntaxError is not among them (JSON.parse quotes the body), nor is a driver's or mail server's error.
 */
const safeNames = new Set(['TypeError', 'RangeError', 'ReferenceError', 'ConfigError', 'AbortError']);

/** Marks an error class of ours whose message is a constant text. */
export abstract class SafeError extends Error {
  readonly safeMessage = true;
}

const fields = [
  'code',
  'syscall',
  'port',
  'severity',
  'table',
  'constraint',
  'routine',
  'command',
  'responseCode',
];

/** Where it happened, without the first line, which repeats the message. */
function frames(error: Error): string[] {
  const lines = error.stack?.split('\n') ?? [];
  return lines.filter((line) => /^\s+at /.test(line)).map((line) => line.trim());
}

/**
 * What may be logged of an error: its name, codes, and where it happened. A unique violation's detail holds
 * the email, a check violation's the whole row, a mail server's answer the recipient: none of those is taken.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const described: Record<string, unknown> = { name: error.name };
  if (safeNames.has(error.name) || error instanceof SafeError) described.message = error.message;
  for (const field of fields) {
    const value = (error as unknown as Record<string, unknown>)[field];
    if (typeof value === 'string' || typeof value === 'number') described[field] = value;
  }
  described.stack = frames(error);
  if (error instanceof AggregateError) described.errors = error.errors.map(describeError);
  if (error.cause !== undefined) described.cause = describeError(error.cause);
  return described;
}
