import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './world/copy.ts';

const run = promisify(execFile);
const git = async (...args: string[]) => (await run('git', ['-C', root, ...args])).stdout.trim();

/**
 * Lays out the code as it was before the newest migration: what still runs while a deployment rolls over the new
 * schema. Its dependencies are those of today.
 *
 * @returns its folder and commit; undefined in a copy of the sources without their history
 */
export async function layOutOlderVersion(
  folder: string,
): Promise<{ checkout: string; commit: string } | undefined> {
  try {
    const newest = await git(
      'log',
      '-1',
      '--diff-filter=A',
      '--format=%H',
      '--',
      'packages/database/src/migrations',
    );
    const commit = await git('rev-parse', `${newest}^1`);
    const checkout = join(folder, 'older-version');
    mkdirSync(checkout, { recursive: true });
    await run('sh', ['-c', `git -C "$1" archive "$2" | tar -x -C "$3"`, 'sh', root, commit, checkout]);
    linkDependencies(checkout);
    return { checkout, commit: commit.slice(0, 7) };
  } catch {
    return undefined;
  }
}

/** Everybody else's packages are shared; our own are those of the checkout. */
function linkDependencies(checkout: string): void {
  const own = join(checkout, 'node_modules', '@meander');
  mkdirSync(own, { recursive: true });
  for (const entry of readdirSync(join(root, 'node_modules')))
    if (entry !== '@meander') symlinkSync(join(root, 'node_modules', entry), join(dirname(own), entry));
  for (const parent of ['packages', 'services'])
    for (const name of readdirSync(join(checkout, parent)))
      symlinkSync(join(checkout, parent, name), join(own, name));
  if (existsSync(join(checkout, 'deploy', 'local')))
    symlinkSync(join(checkout, 'deploy', 'local'), join(own, 'local'));
}
