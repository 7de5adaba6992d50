import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createStack, type Stack } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let stack: Stack;
beforeAll(async () => {
  stack = await createStack();
});
afterAll(() => stack.drop());

/** `npm run apikey -- …`, and what it leaves in the table. */
function apikey(...args: string[]) {
  const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
  return new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(
      process.execPath,
      [cli, ...args],
      { env: { ...process.env, DATABASE_URL: stack.databaseUrl } },
      (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}
const keys = () => stack.db('pipeline.api_keys').orderBy('id');

describe('npm run apikey', () => {
  it('makes a key that lasts to the day, with each scope once; lists it, and ends it', async () => {
    const made = await apikey(
      ...['create', '--name', ' CRM ', '--scopes', 'leads:read, leads:write,leads:read'],
      ...['--expires', '2099-02-28'],
    );
    expect(made).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^secret: mlk_/m) });
    const [key] = await keys();
    expect(key).toMatchObject({
      name: 'CRM',
      scopes: ['leads:read', 'leads:write'],
      expires_at: new Date('2099-02-28T00:00:00Z'),
    });
    expect((await apikey('list')).out).toMatch(new RegExp(`^${key.id} .* valid .* CRM\n$`));
    expect(await apikey('revoke', key.id)).toMatchObject({ code: 0, err: '' });
    expect(await apikey('revoke', key.id)).toMatchObject({
      code: 1,
      err: 'There is no valid key with that id.\n',
    });
  });

  it.each<[string, string[], RegExp]>([
    ['an option without its value', ['create', '--name'], /^Option '--name <value>' argument missing\n$/],
    ['no scopes', ['create', '--name', 'CRM'], /^--scopes takes one scope, or several/],
    ['dashes for an id', ['revoke', '-'.repeat(36)], /^revoke takes the id/],
    ['an argument of list', ['list', 'extra'], /^list takes nothing/],
  ])('refuses %s in one line, and makes nothing', async (_name, args, message) => {
    const before = await keys();
    const { code, err, out } = await apikey(...args);
    expect({ code, out, lines: err.split('\n').length }).toEqual({ code: 1, out: '', lines: 2 });
    expect(err).toMatch(message);
    expect(await keys()).toEqual(before);
  });

  it('lists one line a key whatever its name is', async () => {
    await stack.db('pipeline.api_keys').update({ name: 'a\n\u001b[2Jb' });
    const { out } = await apikey('list');
    expect(out.endsWith('  a��[2Jb\n')).toBe(true);
    expect(out.split('\n')).toHaveLength(2);
  });
});
