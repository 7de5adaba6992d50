import { parseArgs } from 'node:util';
import { type Scope, scopes } from './api-key.ts';

/** A call that cannot be carried out as it stands: its message is for the person who called. */
export class UsageError extends Error {}

/** The key that somebody asks for. */
export interface KeyRequest {
  name: string;
  scopes: Scope[];
  expiresAt: Date | null;
}

const longestName = 100;
/** What would break a line of the list, steer the terminal that shows it, or turn the text around. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** A name as it can be shown in one line, whoever wrote it into the table. */
export const printable = (name: string): string => name.replaceAll(new RegExp(unprintable, 'gu'), '�');

function readName(text: string | undefined): string {
  const name = text?.trim() ?? '';
  if (name === '' || [...name].length > longestName || unprintable.test(name))
    throw new UsageError(`--name takes 1 to ${longestName} characters in one line`);
  return name;
}

function readScopes(text: string | undefined): Scope[] {
  const known = `Known are: ${scopes.join(', ')}`;
  if (text === undefined || text.trim() === '')
    throw new UsageError(`--scopes takes one scope, or several with commas between. ${known}`);
  const asked = new Set(text.split(',').map((scope) => scope.trim()));
  if (![...asked].every((scope) => (scopes as readonly string[]).includes(scope)))
    throw new UsageError(`Unknown scope. ${known}`);
  return [...asked] as Scope[];
}

/** The first moment of that day in UTC. `Date` alone takes 30 February for 2 March, and a year for its first day. */
function readExpiry(text: string | undefined, now: Date): Date | null {
  if (text === undefined) return null;
  const date = new Date(`${text}T00:00:00Z`);
  const isDay = !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text;
  if (!isDay || date <= now) throw new UsageError('--expires takes a day in the future, as YYYY-MM-DD');
  return date;
}

/**
 * Reads `--name NAME --scopes SCOPE[,SCOPE] [--expires YYYY-MM-DD]`.
 *
 * @throws UsageError, or the error of parseArgs
 */
export function readKeyRequest(args: string[], now: Date): KeyRequest {
  const { values } = parseArgs({
    args,
    options: { name: { type: 'string' }, scopes: { type: 'string' }, expires: { type: 'string' } },
  });
  return {
    name: readName(values.name),
    scopes: readScopes(values.scopes),
    expiresAt: readExpiry(values.expires, now),
  };
}

/** Reads the id of a key, alone. @throws UsageError */
export function readKeyId(args: readonly string[]): string {
  const [id = '', ...rest] = args;
  if (rest.length > 0 || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id))
    throw new UsageError('revoke takes the id of one key, as list shows it');
  return id;
}
