import { isDeepStrictEqual } from 'node:util';
import { preconditionFailed } from './errors.ts';
import type { Table } from './methods.ts';

const modes = ['all', 'any', 'all-with-x', 'any-with-x'];

/** Compiles the arguments of a binding to a headers exchange. Throws 406 for an unknown `x-match`. */
export function compileHeaderMatch(args: Table): (headers: Table) => boolean {
  const mode = args['x-match'] ?? 'all';
  if (typeof mode !== 'string' || !modes.includes(mode)) {
    throw preconditionFailed(
      `invalid x-match field value '${String(mode)}'; expected one of ${modes.join(', ')}`,
    );
  }
  const wanted = Object.entries(args).filter(
    ([name]) => name !== 'x-match' && (mode.endsWith('-with-x') || !name.startsWith('x-')),
  );
  return (headers) => {
    const matches = ([name, value]: (typeof wanted)[number]): boolean =>
      // A void value asks only that the header is there.
      Object.hasOwn(headers, name) && (value === null || isDeepStrictEqual(headers[name], value));
    return mode.startsWith('any') ? wanted.some(matches) : wanted.every(matches);
  };
}
