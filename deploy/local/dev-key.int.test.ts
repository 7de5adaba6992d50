import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStack, type Stack } from '@meander/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureDevKey } from './dev-key.ts';
import { writePrivately } from './private-file.ts';

let stack: Stack;
let folder: string;
let file: string;

beforeAll(async () => {
  stack = await createStack();
  folder = mkdtempSync(join(tmpdir(), 'meander-key-'));
  file = join(folder, 'api-key');
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await stack.drop();
});
beforeEach(() => rmSync(file, { force: true }));

const mode = (path: string) => statSync(path).mode & 0o777;
const ensure = () => ensureDevKey({ url: stack.databaseUrl }, file);

describe('the development key', () => {
  it('lies in a file that only its owner reads, and is found again', async () => {
    const key = await ensure();
    expect(mode(file)).toBe(0o600);
    expect(await ensure()).toBe(key);
    expect(readFileSync(file, 'utf8')).toBe(`${key}\n`);
  });

  it('is not written into a file that everybody reads', async () => {
    writeFileSync(file, 'opens nothing\n', { mode: 0o644 });
    chmodSync(file, 0o644);
    const key = await ensure();
    expect(readFileSync(file, 'utf8')).toBe(`${key}\n`);
    expect(mode(file)).toBe(0o600);
  });

  it('that still opens the database is kept, and taken away from everybody else', async () => {
    const key = await ensure();
    chmodSync(file, 0o644);
    expect(await ensure()).toBe(key);
    expect(mode(file)).toBe(0o600);
  });
});

describe('a private file', () => {
  it('takes the place of one that everybody reads, and leaves nothing beside it', () => {
    const path = join(folder, 'env');
    writeFileSync(path, 'old');
    chmodSync(path, 0o666);
    writePrivately(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(mode(path)).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.includes('env'))).toEqual(['env']);
  });
});
