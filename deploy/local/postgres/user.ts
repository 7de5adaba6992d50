import { readFile, stat } from 'node:fs/promises';
import { run } from './command.ts';

/** The user that the server runs as. */
export interface ServerUser {
  uid: number;
  gid: number;
}

/**
 * PostgreSQL refuses to run as root. Root gets the owner of the data folder, or for a new one `postgres`, else
 * `nobody`; anybody else gets undefined and runs the server as themselves.
 * Throws when the data folder is not for us to use.
 */
export async function serverUser(dataDir: string): Promise<ServerUser | undefined> {
  const self = process.getuid?.();
  if (self === undefined) return undefined; // Windows: pg_ctl itself gives up an administrator's rights.
  const owner = await stat(dataDir).catch(() => undefined);
  if (self !== 0) {
    if (owner && owner.uid !== self) {
      throw new Error(
        `PostgreSQL: the data folder ${dataDir} belongs to another user (uid ${owner.uid}): remove it or chown it`,
      );
    }
    return undefined;
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return unprivilegedUser();
}

async function unprivilegedUser(): Promise<ServerUser> {
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const wanted of ['postgres', 'nobody']) {
    const [, , uid, gid] = accounts.match(new RegExp(`^${wanted}:.*$`, 'm'))?.[0].split(':') ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    'PostgreSQL cannot run as root, and there is no user "postgres" or "nobody": start as another user',
  );
}

/** Whether the user can get into this folder. Asks the system: a right may come from a mode, a group or an ACL. */
export async function canEnter(folder: string, user: ServerUser): Promise<boolean> {
  const { code } = await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { user });
  return code === 0;
}
