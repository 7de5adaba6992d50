import { ConfigError } from './config.ts';
import { describeError, SafeError } from './describe-error.ts';
import { ListenError } from './http/listen-error.ts';

/** The names and codes of an error and of its causes. */
function chain(error: unknown): string {
  const { name, code } = describeError(error);
  const own = code === undefined ? `${name}` : `${name} (${code})`;
  return error instanceof Error && error.cause !== undefined ? `${own}, by ${chain(error.cause)}` : own;
}

/**
 * What a process says of the error that ends it. What a person can mend is told as it is. Of any other error Node itself
 * would print every field, and that of a URL which cannot be read is the URL, with its password: here it is names, codes
 * and the places in the code.
 */
export function lastWords(error: unknown): string {
  if (error instanceof ConfigError || error instanceof ListenError || error instanceof SafeError)
    return error.message;
  const { stack = [] } = describeError(error) as { stack?: readonly string[] };
  return [`The process ends: ${chain(error)}`, ...stack.map((frame) => `    ${frame}`)].join('\n');
}
