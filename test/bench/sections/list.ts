import { createKey, scopes } from '@meander/auth';
import type { Stack } from '@meander/testing';
import type { LoadCommands } from '../helpers/load.helper.ts';
import type { Claim } from '../judge/judge.ts';
import { type Bench, interleave } from '../world/bench.ts';
import type { Helper } from '../world/helper.ts';
import { seedLeads } from '../world/seed.ts';
import type { Section } from './section.ts';

const sizes = (short: boolean) => (short ? [1_000, 50_000] : [1_000, 100_000, 1_000_000]);
const nameOf = (size: number) => (size >= 1e6 ? `${size / 1e6} M` : `${size / 1e3} k`);

/** What is asked for. Twenty leads are called Øverland whatever the size, and nobody has `qx` or `zzyzx` in a name. */
const questions = {
  'first page': '/leads',
  'last page': '/leads?cursor=',
  'search, 2 letters, hit': '/leads?q=ka',
  'search, 2 letters, miss': '/leads?q=qx',
  'search, 3 and more, hit': '/leads?q=overland',
  'search, 3 and more, miss': '/leads?q=zzyzx',
  'counts by status': '/pipeline?created_after=2000-01-01T00:00:00Z',
} as const;

/**
 * What an index or a kept count answers whatever the planner makes of it. It may take a search that finds something for
 * more common than it is, and walk.
 */
const steady: ReadonlySet<string> = new Set([
  ...['first page', 'last page', 'counts by status'],
  ...['search, 2 letters, miss', 'search, 3 and more, miss'],
]);

/** Walks through the whole list, as an export by pages would, to the cursor of its last page of 50. */
async function lastCursor(url: string, headers: Record<string, string>, size: number): Promise<string> {
  const page = async (query: string) => {
    const answer = await fetch(`${url}/leads?${query}`, { headers });
    if (!answer.ok) throw new Error(`the list answered with ${answer.status}`);
    return (await answer.json()) as { items: unknown[]; next_cursor: string | null };
  };
  let [cursor, seen] = ['', 0];
  while (seen < size - 50) {
    const limit = Math.min(200, size - 50 - seen);
    const { items, next_cursor } = await page(`limit=${limit}${cursor && `&cursor=${cursor}`}`);
    seen += items.length;
    if (!next_cursor) break;
    cursor = next_cursor;
  }
  const { items, next_cursor } = await page(`cursor=${cursor}`);
  if (seen + items.length !== size || next_cursor)
    throw new Error(`the pages hold ${seen + items.length} leads of ${size}`);
  return cursor;
}

/** A database with so many leads, and a pipeline that serves it: tells the p50 of each question. */
async function library(bench: Bench, load: Helper<LoadCommands>, size: number) {
  const stack: Stack = await bench.stack();
  await seedLeads(stack.db, size, 'lead');
  await stack.db.raw('VACUUM ANALYZE leads');
  const expiresAt = new Date(Date.now() + 86_400_000);
  const { secret } = await createKey(stack.db, { name: 'bench', scopes, expiresAt });
  const headers = { authorization: `Bearer ${secret}` };
  const { url } = await bench.service('pipeline', stack);
  const cursor = await lastCursor(url, headers, size);
  return async (path: string, extent: { seconds: number } | { amount: number }) => {
    const asked = path.endsWith('=') ? `${path}${cursor}` : path;
    return (await load.call('get', { url, path: asked, headers, connections: 1, ...extent })).p50;
  };
}

/** How long sales waits for a page, however many leads there are. */
export const list: Section = {
  name: 'list',
  what: 'pages, search and counts of the sales API, by the number of leads',
  claims(short) {
    const [least = 0, ...larger] = sizes(short);
    return Object.keys(questions).flatMap((question): Claim[] => [
      { what: `${question}, ${nameOf(least)} leads: p50`, of: `${question}, ${least}` },
      ...larger.flatMap((size): Claim[] => [
        { what: `${question}, ${nameOf(size)} leads: p50`, of: `${question}, ${size}` },
        {
          what: `${question}, ${nameOf(size)} / ${nameOf(least)}`,
          ...{ of: `${question}, ${size}`, over: `${question}, ${least}` },
          target: { atMost: 2 },
          ...(steady.has(question) && { floor: { atMost: 5 } }),
        },
      ]),
    ]);
  },
  async measure(bench) {
    const extent = bench.short ? { amount: 40 } : { seconds: 3 };
    const load = bench.helper<LoadCommands>('load');
    const shelves = await Promise.all(
      sizes(bench.short).map(async (size) => ({ size, ask: await library(bench, load, size) })),
    );
    for (const { ask } of shelves)
      for (const path of Object.values(questions)) await ask(path, { amount: 20 });
    for (const [question, path] of Object.entries(questions))
      await interleave(
        bench.runs,
        shelves.map(({ size, ask }) => async () => {
          bench.record(`${question}, ${size}`, 'ms', await ask(path, extent));
        }),
      );
  },
};
