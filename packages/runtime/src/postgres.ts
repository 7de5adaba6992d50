import { setTimeout as delay } from 'node:timers/promises';
import knex, { type Knex } from 'knex';
import type pg from 'pg';
import { observePool } from './observe-pool.ts';
import { type DatabaseAccess, postgresConnection } from './postgres-connection.ts';
import { distrust } from './trust.ts';

export type Database = Knex;
export type Transaction = Knex.Transaction;

export interface DatabaseOptions extends DatabaseAccess {
  /** The owner role whose column grants hold for this service; taken when a connection is made. */
  role: string;
  poolSize: number;
  applicationName: string;
  /**
   * Whether its statements look rows up by their keys (`byKeyAlone`): then no table is read from end to end, whatever
   * the planner believes of one that was empty when it made a plan that is kept.
   */
  byKey?: boolean;
}

/** How long a request may wait for the database, stage by stage, in milliseconds. Together they stay below 15 s. */
export const databaseDeadlines = {
  acquire: 4_000,
  connect: 3_000,
  lock: 3_000,
  statement: 5_000,
  answer: 8_000,
};

/**
 * What the meaning of our statements and the driver's reading of their answers rest on. An administrator may set any of it
 * otherwise for a whole database or login (`ALTER DATABASE … SET datestyle = 'SQL, DMY'`), for others who use it; what a
 * session asks for itself comes first. What only says how much a session may do (read-only, synchronous_commit, memory)
 * stays theirs.
 */
const sameEverywhere = {
  // Ours are in public, which the migrations name; a relation of the same name elsewhere is somebody else's.
  search_path: 'public',
  // Locks are taken first and rows read after, which under a snapshot would be those of before the wait.
  default_transaction_isolation: 'read committed',
  // A backslash in a pattern is one: without, the expression of an index is another than the query's.
  standard_conforming_strings: 'on',
  timezone: 'UTC',
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  array_nulls: 'on',
};

/**
 * Settings of a session, as the server takes them when a connection is made. It compiles nothing: above an estimated cost,
 * which a table that has grown since it was last analysed soon reaches, it would do so at every execution, and for longer
 * than any statement of ours takes (60 ms to write one mail down, which takes 1).
 */
export const sessionSettings = (settings: Readonly<Record<string, string>>) =>
  Object.entries({ jit: 'off', ...sameEverywhere, ...settings })
    // The server divides them at spaces.
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, '\\$&')}`)
    .join(' ');

/**
 * For a session whose statements look rows up by their keys. A scan that makes a bitmap first leaves the entries of rows
 * that are gone in the index, for the next one to walk through; a plain one marks them as dead.
 */
export const byKeyAlone = { enable_seqscan: 'off', enable_bitmapscan: 'off' };

/**
 * Codes after which the connection is of no more use: shut down by the server, a server that became read-only, or a
 * prepared statement whose result a migration has given another type (0A000), which it stays until the session ends.
 */
const connectionIsSpent = /^(57P0[1-5]|25006|0A000|08...)$/;

/** What the driver says at the end of its message where `query_timeout` has passed. */
const answerMissing = 'Query read timeout';

/** What is used of the driver's client besides its queries. */
type PooledClient = pg.Client & { connection: NodeJS.EventEmitter; readyForQuery?: boolean };

/** A statement with `?` or `:name` for its values, and the name under which a connection keeps it. */
export interface PreparedStatement {
  name: string;
  text: string;
}

/** A pool on the one database, as one owner role, with a deadline on every stage so that nothing waits for ever. */
export function openDatabase({
  url,
  ca,
  role,
  poolSize,
  applicationName,
  byKey = false,
}: DatabaseOptions): Database {
  /** Since when a connection must have been heard of to be trusted. */
  let doubtedBefore = Number.NEGATIVE_INFINITY;
  const db = knex({
    client: 'pg',
    connection: {
      ...postgresConnection({ url, ca }),
      application_name: applicationName,
      options: sessionSettings({ role, ...(byKey && byKeyAlone) }),
      connectionTimeoutMillis: databaseDeadlines.connect,
      statement_timeout: databaseDeadlines.statement,
      query_timeout: databaseDeadlines.answer,
      lock_timeout: databaseDeadlines.lock,
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
    } as Knex.PgConnectionConfig,
    acquireConnectionTimeout: databaseDeadlines.acquire,
    // knex writes the values into the message of a failed query otherwise.
    compileSqlOnError: false,
    // What it would print besides is no JSON line; each fault reaches its caller as an error anyway.
    log: { debug() {}, warn() {}, error() {}, deprecate() {} },
    pool: {
      min: 0,
      max: poolSize,
      propagateCreateError: true,
      afterCreate: (client: PooledClient, done: (error?: Error) => void) => {
        let spent: unknown;
        let heard = performance.now();
        client.on('error', () => {});
        client.connection.on('readyForQuery', () => {
          heard = performance.now();
        });
        client.connection.on('errorMessage', ({ code }: { code?: string }) => {
          if (code && connectionIsSpent.test(code)) spent = code;
        });
        // Asked whenever it is taken from the pool. One that still waits for the answer to a query that was given up
        // may be dead without a word: whatever is asked of it next would wait behind that query for ever.
        Object.defineProperty(client, '__knex__disposed', {
          get: () => {
            if (spent) return spent;
            if (client.readyForQuery === false) return 'still waits for an answer';
            return heard < doubtedBefore ? 'not heard of since another was given up' : undefined;
          },
          set: (reason: unknown) => {
            spent = reason;
          },
        });
        done();
      },
    },
  });
  // A server that lives says after the statement's deadline that it gives up. Where no word comes, the line is dead, and
  // most likely those of the whole pool: one request has waited for that answer, the next ones must not.
  db.on('query-error', ({ message }: Error) => {
    if (message.endsWith(answerMissing)) doubtedBefore = performance.now() - databaseDeadlines.answer;
  });
  observePool(db.client.pool, applicationName);
  return db;
}

/**
 * Runs a statement that each connection parses and plans once, and then only executes: for those of the hot path,
 * whose planning costs as much as their work. Its plan must be right whatever the values are, and on tables that were
 * empty when it was made.
 *
 * @param name one for each text, at most 63 characters
 * @returns the rows
 */
export async function runPrepared<Row>(
  db: Database | Transaction,
  { name, text }: PreparedStatement,
  values: Knex.RawBinding[] | Knex.ValueDict,
): Promise<Row[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(text, values as Knex.ValueDict).options({ name });
  return rows;
}

/**
 * SQL for "one of what this query finds" which an index answers for each: a join lets the planner read the whole of a
 * table that it takes for a small one.
 *
 * @param query finds a few keys
 */
export const anyOf = (query: string) => `ANY (ARRAY(${query}))`;

/** Work that waited its time for the database and was not begun: nothing has been written. */
export class DatabaseBusyError extends Error {
  constructor() {
    super('the database is busy: the work was not begun');
    this.name = 'DatabaseBusyError';
  }
}

/** What a failed query means for the one who asked. */
export type DatabaseFault = 'unavailable' | 'conflict' | 'refused';

const unavailableCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH'],
  ...[
    '53000',
    '53100',
    '53200',
    '53300',
    '53400',
    '55P03',
    '57014',
    '57P01',
    '57P02',
    '57P03',
    '57P05',
    '25006',
  ],
  ...['28000', '28P01', '3D000', '42P01', '42501', '58000', '58030', 'XX000'],
]);
const conflictCodes = new Set(['40001', '40P01', '0A000']);
const lostConnection =
  /timeout|Connection terminated|connection is insecure|Client has encountered|Unable to acquire/i;

/**
 * Tells a passing fault of the database (`unavailable`: answer 503, wait, try again) from one that a retry at
 * once cures (`conflict`: deadlock, serialisation failure, a plan that a migration made stale) and from a
 * statement that the database refused (`refused`: a constraint). Undefined: not a fault of the database.
 */
export function databaseFault(error: unknown): DatabaseFault | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') {
    if (conflictCodes.has(code)) return 'conflict';
    if (unavailableCodes.has(code) || code.startsWith('08')) return 'unavailable';
    if (/^[0-9A-Z]{5}$/.test(code)) return 'refused';
  }
  if (error instanceof DatabaseBusyError) return 'unavailable';
  if (error instanceof AggregateError) return databaseFault(error.errors[0]);
  if (error.name === 'KnexTimeoutError' || lostConnection.test(error.message)) return 'unavailable';
  if (distrust(error, 'database', 'DATABASE')) return 'unavailable';
  return undefined;
}

const mostTries = 5;

/**
 * Runs `work`, which writes all or nothing, and again where a retry cures what went wrong: up to five times, with
 * a short random delay between.
 */
export async function retryConflicts<T>(
  work: () => Promise<T>,
  isConflict = (error: unknown) => databaseFault(error) === 'conflict',
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isConflict(error) || tries === mostTries) throw error;
      await delay(Math.random() * 20 * 2 ** tries);
    }
  }
}

/**
 * Runs `work` in one transaction. A deadlock or serialisation failure is tried again, so `work` must do nothing
 * but query `trx`.
 */
export function inTransaction<T>(db: Database, work: (trx: Transaction) => Promise<T>): Promise<T> {
  return retryConflicts(() => db.transaction(work));
}

/** The name of the constraint that refused a statement, or undefined. */
export function violatedConstraint(error: unknown): string | undefined {
  if (databaseFault(error) !== 'refused') return undefined;
  const constraint = (error as { constraint?: unknown }).constraint;
  return typeof constraint === 'string' ? constraint : undefined;
}
