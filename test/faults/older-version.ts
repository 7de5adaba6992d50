import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './world/copy.ts';

const git = (...args: string[]) =>
  execFileSync('git', ['-C', root, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
  }).trim();

/**
 * The commit of the older version: the one that is asked for, else the last one before the newest migration, which is
 * what still runs while a deployment rolls over the new schema. Undefined where the history does not go back to it.
 */
export function findOlderVersion(ref: string | undefined): string | undefined {
  try {
    if (ref !== undefined) return git('rev-parse', '--verify', `${ref}^{commit}`);
    const migrations = 'packages/database/src/migrations/[0-9]*.ts';
    const newest = git('log', '-1', '--diff-filter=A', '--format=%H', '--', migrations);
    return git('rev-parse', '--verify', `${newest}^1^{commit}`);
  } catch {
    return undefined;
  }
}

/** Lays out the sources of a commit; what they depend on is what is installed today. Tells their folder. */
export function layOut(commit: string, folder: string): string {
  const checkout = join(folder, 'older-version');
  mkdirSync(checkout, { recursive: true });
  execFileSync('sh', ['-c', 'git -C "$1" archive "$2" | tar -x -C "$3"', 'sh', root, commit, checkout]);
  linkDependencies(checkout);
  return checkout;
}

/** Everybody else's packages are shared; our own are those of the checkout. */
function linkDependencies(checkout: string): void {
  const own = join(checkout, 'node_modules', '@meander');
  mkdirSync(own, { recursive: true });
  for (const entry of readdirSync(join(root, 'node_modules')))
    if (entry !== '@meander') symlinkSync(join(root, 'node_modules', entry), join(dirname(own), entry));
  for (const parent of ['packages', 'services'])
    for (const name of readdirSync(join(checkout, parent))) {
      const folder = join(checkout, parent, name);
      if (!existsSync(join(folder, 'package.json'))) continue;
      symlinkSync(folder, join(own, name));
      const nested = join(root, parent, name, 'node_modules');
      if (existsSync(nested)) symlinkSync(nested, join(folder, 'node_modules'));
    }
}
