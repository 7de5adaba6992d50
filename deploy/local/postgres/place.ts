import { chmod, chown, lstat, mkdir, mkdtemp, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { canEnter, type ServerUser } from './user.ts';

/**
 * Where the data really lies: at `dataDir`, or where `dataDir` links to.
 *
 * The second is for root in a checkout below /root: the user that the server runs as cannot get in there, and
 * opening root's home is not ours to do. The data then goes to a shelter, and `dataDir` becomes a link to it.
 * Making a link is atomic, so two starts at once agree on one place; deleting the link starts afresh.
 */
export async function placeData(
  dataDir: string,
  user: ServerUser | undefined,
  log: (line: string) => void,
): Promise<string> {
  const parent = dirname(resolve(dataDir));
  await mkdir(parent, { recursive: true });
  const path = join(await realpath(parent), basename(dataDir));
  if (await isLink(path)) return follow(path);
  if (!user || (await canEnter(parent, user))) return path;

  const home = await mkdtemp(join(await shelter(user), 'data-'));
  await chmod(home, 0o711);
  try {
    await symlink(join(home, 'postgres'), path);
    log(`user ${user.uid} cannot enter ${parent}, so the data is kept in ${home}`);
  } catch (error) {
    await rm(home, { recursive: true });
    if (!(await isLink(path))) throw error;
  }
  return follow(path);
}

async function isLink(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isSymbolicLink() ?? false;
}

async function follow(link: string): Promise<string> {
  const target = resolve(dirname(link), await readlink(link));
  await mkdir(dirname(target), { recursive: true });
  return join(await realpath(dirname(target)), basename(target));
}

/**
 * A folder that root owns and the server's user can enter. Preferably one that outlives a reboot; the temp folder
 * is the last resort, and only a folder there that is ours is trusted, for what lies in it is executed.
 */
export async function shelter(user: ServerUser): Promise<string> {
  for (const root of ['/var/lib', '/var/db', tmpdir()]) {
    const folder = join(root, 'meander-leads');
    try {
      if (!(await lstat(root)).isDirectory()) continue;
      await mkdir(folder, { recursive: true });
      const { uid } = await lstat(folder);
      if (uid !== process.getuid?.()) continue;
      await chmod(folder, 0o755);
      if (await canEnter(folder, user)) return folder;
    } catch {
      // Not there, or read-only: the next.
    }
  }
  throw new Error(
    `PostgreSQL: no folder that both root and user ${user.uid} can use: start as another user, or set DATABASE_URL`,
  );
}

/** Gives a path to the server's user. chown takes no negative id, and nobody is -2 on macOS. */
export async function giveTo(path: string, user: ServerUser | undefined): Promise<void> {
  if (user) await chown(path, user.uid >>> 0, user.gid >>> 0);
}
