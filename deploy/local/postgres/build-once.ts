import { mkdir, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { exists } from './files.ts';

/**
 * Makes a folder that is either whole or not there: built under another name, then renamed. Of two that build at
 * once one wins and both go on with the winner's; a build that was killed is swept away by the next.
 *
 * `build` is given an empty scratch folder and returns the folder within it that becomes `target`.
 */
export async function buildOnce(target: string, build: (scratch: string) => Promise<string>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await sweep(target);
  const scratch = await mkdtemp(`${target}.new-${process.pid}-`);
  try {
    const built = await build(scratch);
    await rmdir(target).catch(() => undefined); // Goes only when empty; Windows renames onto no folder at all.
    await putInPlace(built, target);
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** On Windows a virus scanner may still be reading the new files, and their folder cannot be renamed meanwhile. */
async function putInPlace(built: string, target: string): Promise<void> {
  for (let tries = process.platform === 'win32' ? 50 : 1; ; tries--) {
    try {
      await rename(built, target);
      return;
    } catch (error) {
      if (await exists(target)) return;
      if (tries === 1) throw error;
      await pause(100);
    }
  }
}

async function sweep(target: string): Promise<void> {
  const prefix = `${basename(target)}.new-`;
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(prefix)) continue;
    const builder = Number.parseInt(name.slice(prefix.length), 10);
    if (isAlive(builder)) continue;
    // What it started may still be writing there; then the start after this one will sweep.
    await rm(join(dirname(target), name), { recursive: true, force: true, maxRetries: 2 }).catch(
      () => undefined,
    );
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
