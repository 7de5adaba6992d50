import { type Cable, createStack, layCable, type Stack, waitUntil } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase, retryConflicts, runPrepared } from './postgres.ts';

let stack: Stack;
let line: Cable;
let opened: Database[];

beforeAll(async () => {
  stack = await createStack();
  line = await layCable(stack.databaseUrl);
  opened = [];
});
afterAll(async () => {
  await line.remove();
  for (const db of opened) await db.destroy();
  await stack.drop();
});

const openPool = (url: string) => {
  const db = openDatabase({ url, role: 'meander_pipeline', poolSize: 3, applicationName: 'pool-test' });
  opened.push(db);
  return db;
};

/** As many sessions as the pool may have, all held at once; tells what each is. */
const everySession = async (db: Database): Promise<number[]> => {
  const held = await Promise.all(Array.from({ length: 3 }, () => db.client.acquireConnection()));
  try {
    const answers = await Promise.all(
      held.map((session) => db.raw('SELECT pg_backend_pid() AS pid').connection(session)),
    );
    return answers.map(({ rows }) => Number(rows[0].pid)).sort((a, b) => a - b);
  } finally {
    for (const session of held) await db.client.releaseConnection(session);
  }
};

it('has no statement compiled, whatever the server takes it to cost', async () => {
  const { rows } = await openPool(stack.databaseUrl).raw('SHOW jit');
  expect(rows).toEqual([{ jit: 'off' }]);
});

describe('a session', () => {
  const settings: [string, string, string][] = [
    ['search_path', "'pg_catalog'", 'public'],
    ['default_transaction_isolation', "'serializable'", 'read committed'],
    ['standard_conforming_strings', 'off', 'on'],
    ['timezone', "'Asia/Kathmandu'", 'UTC'],
    ['datestyle', "'SQL, DMY'", 'ISO, MDY'],
    ['intervalstyle', "'sql_standard'", 'postgres'],
    ['bytea_output', "'escape'", 'hex'],
    ['extra_float_digits', '-15', '1'],
    ['array_nulls', 'off', 'on'],
  ];

  it('means and answers the same, whatever its database was set to', async () => {
    for (const [name, value] of settings)
      await stack.administer(`ALTER DATABASE :name SET ${name} = ${value}`);
    try {
      const db = openPool(stack.databaseUrl);
      const shown = settings.map(([name]) => `current_setting('${name}') AS ${name}`).join(', ');
      const { rows } = await db.raw(`SELECT ${shown}`);
      expect(Object.entries(rows[0])).toEqual(settings.map(([name, , ours]) => [name, ours]));
      const answer = await db.raw(
        `SELECT ?::timestamptz AS time, '\\d' AS pattern, 0.1::float8 + 0.2 AS float, ?::bytea AS bytes,
           '{NULL}'::text[] AS list`,
        ['2027-03-02T10:00:00.123Z', Buffer.from([0, 92, 255])],
      );
      expect(answer.rows).toEqual([
        {
          time: new Date('2027-03-02T10:00:00.123Z'),
          pattern: '\\d',
          float: 0.1 + 0.2,
          bytes: Buffer.from([0, 92, 255]),
          list: [null],
        },
      ]);
    } finally {
      await stack.administer('ALTER DATABASE :name RESET ALL');
    }
  });
});

// Each waits for the deadlines of a pool of its own: side by side.
describe.concurrent('the pool', () => {
  it('lets one request wait for a line that died without a word, and not one for each connection', async () => {
    const db = openPool(line.url);
    const before = await everySession(db);
    expect(new Set(before).size).toBe(3);
    line.loseTrack();
    await expect(db.raw('SELECT')).rejects.toThrow('Query read timeout');
    const after = await everySession(db);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
  });

  it('keeps its connections where the server gives up by itself, and says so', async () => {
    const db = openPool(stack.databaseUrl);
    const before = await everySession(db);
    await expect(db.raw('SELECT pg_sleep(6)')).rejects.toMatchObject({ code: '57014' });
    // The server says that it failed, and then that it is ready: whoever asks in between gets another session.
    await waitUntil('the session is idle again', async () => {
      const busy = await stack.db('pg_stat_activity').whereIn('pid', before).whereNot({ state: 'idle' });
      return busy.length === 0;
    });
    expect(await everySession(db)).toEqual(before);
  });
});

describe('a prepared statement', () => {
  it('is planned once for each connection, and goes on where a migration changes the type of its result', async () => {
    const db = openPool(stack.databaseUrl);
    await stack.db.raw('CREATE TABLE public.grown (id int, size int)');
    await stack.db.raw('GRANT SELECT ON public.grown TO meander_pipeline');
    await stack.db.raw('INSERT INTO public.grown VALUES (1, 7)');
    const statement = { name: 'read-grown', text: 'SELECT size FROM public.grown WHERE id = ?' };
    const read = () => retryConflicts(() => runPrepared<{ size: unknown }>(db, statement, [1]));
    expect(await read()).toEqual([{ size: 7 }]);
    expect(await read()).toEqual([{ size: 7 }]);
    const { rows } = await db.raw('SELECT name FROM pg_prepared_statements');
    expect(rows).toEqual([{ name: 'read-grown' }]);

    await stack.db.raw('ALTER TABLE public.grown ALTER size TYPE text');
    expect(await read()).toEqual([{ size: '7' }]);
  });
});
