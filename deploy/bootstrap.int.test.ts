import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStack, type Stack } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let stack: Stack;
let folder: string;

beforeAll(async () => {
  stack = await createStack();
  folder = mkdtempSync(join(tmpdir(), 'meander-settings-'));
  const { DATABASE_URL, AMQP_URL, AMQP_NAME_PREFIX } = stack.env;
  writeFileSync(
    join(folder, 'env'),
    Object.entries({ DATABASE_URL, AMQP_URL, AMQP_NAME_PREFIX })
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await stack.drop();
});

/** `npm run COMMAND -- …` beside the settings of a local start, with this environment and nothing else. */
function run(command: string, args: string[], env: Record<string, string> = {}) {
  const bootstrap = fileURLToPath(new URL('bootstrap.mjs', import.meta.url));
  const own = { PATH: process.env.PATH, HOME: process.env.HOME, MEANDER_LOCAL_DIR: folder };
  return new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(
      process.execPath,
      [bootstrap, command, ...args],
      { env: { ...own, ...env } },
      (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

describe('a command beside a local start', () => {
  it('takes its database, its broker and the names there', async () => {
    expect(await run('dead-letters', ['list'])).toMatchObject({
      out: 'There are no dead letters.\n',
      err: '',
    });
    expect(await run('outbox', ['status'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Waiting for the broker: 0\./),
    });
  });

  it('takes nothing of it where the environment names a database or a broker', async () => {
    const { DATABASE_URL = '', AMQP_URL = '' } = stack.env;
    expect(await run('dead-letters', ['list'], { DATABASE_URL })).toMatchObject({
      code: 1,
      err: expect.stringContaining('AMQP_URL is missing'),
    });
    expect(await run('outbox', ['status'], { AMQP_URL })).toMatchObject({
      code: 1,
      err: expect.stringContaining('DATABASE_URL is missing'),
    });
  });

  it('keeps any other variable that is set', async () => {
    expect(await run('dead-letters', ['list'], { AMQP_NAME_PREFIX: 'not one' })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/1 fault.*AMQP_NAME_PREFIX/s),
    });
  });
});
