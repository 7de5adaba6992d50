import { type Cable, createStack, layCable, type Stack, waitUntil } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from './postgres.ts';

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
