/** Query parameters, read strictly: a filter that is mistyped must not silently show everything. */

/** A parameter that cannot be taken as it stands. The message is for people and repeats nothing that was given. */
export class ParameterError extends Error {
  /** The name, or undefined where even the name is not one to repeat. */
  readonly parameter: string | undefined;

  constructor(parameter: string | undefined, message: string) {
    super(message);
    this.name = 'ParameterError';
    this.parameter = parameter;
  }
}

/** A query string as `node:querystring` reads it: an array where a name was given more than once. */
export type Query = Readonly<Record<string, unknown>>;

/** @throws ParameterError for a name that is not among `known` */
export function assertKnown(query: Query, known: readonly string[]): void {
  const unknown = Object.keys(query).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  // A name of another shape may be a value, such as an address after a forgotten `q=`.
  const nameable = /^[a-z][a-z_]{0,39}$/i.test(unknown) ? unknown : undefined;
  throw new ParameterError(
    nameable,
    `There is no ${nameable ? `parameter ${nameable}` : 'such parameter'} here. Known are: ${known.join(', ')}.`,
  );
}

/** All values of a repeatable parameter. */
export function readAll(query: Query, name: string): string[] {
  return [query[name] ?? []].flat().map(String);
}

/** @throws ParameterError where it was given more than once */
export function readOne(query: Query, name: string): string | undefined {
  const values = readAll(query, name);
  if (values.length > 1) throw new ParameterError(name, `Give ${name} once.`);
  return values[0];
}

/** @throws ParameterError for a value that is not among `choices` */
export function oneOf<T extends string>(name: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new ParameterError(name, `${name} is one of: ${choices.join(', ')}.`);
  return found;
}

/** A whole number between 1 and `most`, or `fallback` where it is left out. @throws ParameterError */
export function readCount(
  query: Query,
  name: string,
  { most, fallback }: { most: number; fallback: number },
): number {
  const text = readOne(query, name);
  if (text === undefined) return fallback;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most)
    throw new ParameterError(name, `${name} is a whole number from 1 to ${most}.`);
  return value;
}

const instant =
  /^(\d{4}-\d\d-\d\d)(?:T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d))?$/;

/**
 * A moment of RFC 3339 (`2026-03-01T08:30:00+01:00`, seconds may be left out), or a day (`2026-03-01`), which
 * begins at midnight UTC. Kept as text: PostgreSQL reads its microseconds, a `Date` would cut them.
 *
 * @throws ParameterError for anything else, days that no month has among it
 */
export function readInstant(query: Query, name: string): string | undefined {
  // A plus sign that was not encoded arrives as a space.
  const text = readOne(query, name)?.replace(/ (?=\d\d:\d\d$)/, '+');
  if (text === undefined) return undefined;
  const [, day = ''] = instant.exec(text) ?? [];
  const midnight = new Date(`${day}T00:00:00Z`);
  const exists = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
  if (day === '' || !exists || day.startsWith('0000')) {
    throw new ParameterError(
      name,
      `${name} is a day such as 2026-03-01, or a time such as 2026-03-01T08:30:00Z.`,
    );
  }
  return text === day ? `${day}T00:00:00Z` : text;
}
