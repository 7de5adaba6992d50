/** `fault`: somebody has to mend it. `note`: worth knowing, and no fault by itself. */
export type Level = 'ok' | 'note' | 'fault';

/** One thing that the doctor has looked at, in plain words. */
export interface Finding {
  /** What was looked at, such as `database`. */
  check: string;
  level: Level;
  /** What there is, or what is wrong. */
  says: string;
  /** What to do about it. */
  mend?: string;
}

/** The findings of one check. None of them holds a password, or anything of a person. */
export function findingsOf(check: string) {
  const make =
    (level: Level) =>
    (says: string, mend?: string): Finding => ({
      check,
      level,
      says,
      ...(mend === undefined ? {} : { mend }),
    });
  return { ok: make('ok'), note: make('note'), fault: make('fault') };
}

/** The host and port that a URL names, and nothing of its credentials. */
export function placeOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  const usual: Record<string, string> = {
    'postgres:': '5432',
    'postgresql:': '5432',
    'amqp:': '5672',
    'amqps:': '5671',
    'redis:': '6379',
    'rediss:': '6379',
    'smtp:': '587',
    'smtps:': '465',
    'http:': '80',
    'https:': '443',
  };
  return `${hostname}:${port || usual[protocol] || ''}`;
}

/** The system's code of a failed connection, wherever in the error it stands. */
export function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string') return code;
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
  }
  return '';
}

/** Why nothing answers at an address, where the network says so; undefined for any other fault. */
export function unreachable(error: unknown, place: string): string | undefined {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return `Nothing listens at ${place}.`;
  if (['ENOTFOUND', 'EAI_AGAIN', 'EDNS'].includes(code)) return `The name of ${place} has no address.`;
  if (['EHOSTUNREACH', 'ENETUNREACH'].includes(code)) return `There is no route to ${place}.`;
  const slow = /timeout|timed out|deadline passed/i.test(
    error instanceof Error ? `${error.name} ${error.message}` : '',
  );
  return slow || code === 'ETIMEDOUT' ? `${place} does not answer in time.` : undefined;
}
