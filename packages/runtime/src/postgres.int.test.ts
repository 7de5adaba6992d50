import { type Cable, createStack, layCable, type Stack } from '@meander/testing';
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

/** As many sessions at once as the pool may have; tells what each is. */
const everySession = async (db: Database): Promise<number[]> => {
  const answers = await Promise.all(
    Array.from({ length: 3 }, () => db.raw('SELECT pg_backend_pid() AS pid FROM pg_sleep(0.05)')),
  );
  return answers.map(({ rows }) => rows[0].pid).sort();
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
    expect(await everySession(db)).toEqual(before);
  });
});
