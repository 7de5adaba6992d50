import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createStack, freePort, type Stack } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let stack: Stack;
beforeAll(async () => {
  stack = await createStack();
});
afterAll(() => stack.drop());

/** `npm run migrate` on this database. */
function migrate(databaseUrl: string) {
  const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
  return new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(
      process.execPath,
      [cli],
      { env: { ...process.env, DATABASE_URL: databaseUrl } },
      (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

describe('npm run migrate', () => {
  it('says that there is nothing to do', async () => {
    expect(await migrate(stack.databaseUrl)).toEqual({
      code: 0,
      out: 'The schema is up to date.\n',
      err: '',
    });
  });

  it('says in one sentence that the database is away, or not there', async () => {
    const elsewhere = new URL(stack.databaseUrl);
    elsewhere.port = String(await freePort());
    const missing = new URL(stack.databaseUrl);
    missing.pathname = '/not_there';
    const sentence = (code: string) =>
      `The migration failed: the database is away, or does not let us in (${code}). Look at DATABASE_URL, and run it again.\n`;
    expect(await migrate(elsewhere.href)).toEqual({ code: 1, out: '', err: sentence('ECONNREFUSED') });
    expect(await migrate(missing.href)).toEqual({ code: 1, out: '', err: sentence('3D000') });
  });

  it('says with a code that a step was refused', async () => {
    // The first one then finds what it made before.
    await stack.db('schema_migrations').delete();
    const { code, out, err } = await migrate(stack.databaseUrl);
    expect(code).toBe(1);
    expect(out).toContain('0001-roles-and-schemas');
    expect(err).toMatch(
      /^The migration failed \([0-9A-Z]{5}\)\. Nothing of the step that failed was kept; [^\n]+\n$/,
    );
  });
});
