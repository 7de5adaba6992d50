import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { buildOnce } from './build-once.ts';
import { run } from './command.ts';
import { exists, readIfThere } from './files.ts';
import { rememberedPassword } from './password.ts';
import { giveTo } from './place.ts';
import type { ServerUser } from './user.ts';

interface Request {
  dataDir: string;
  passwordFile: string;
  binaries: Binaries;
  user: ServerUser | undefined;
  log: (line: string) => void;
}

/** Sees to it that there is a data folder for this server, and returns its superuser's password. */
export async function ensureDataFolder(request: Request): Promise<string> {
  const { dataDir, passwordFile, binaries, log } = request;
  const made = await readIfThere(join(dataDir, 'PG_VERSION'));
  if (made === undefined) {
    const found = await readdir(dataDir).catch(() => []);
    if (found.length > 0) throw new Error(`PostgreSQL: ${dataDir} holds something else than its data`);
    log(`first start, making ${dataDir}`);
    const password = await rememberedPassword(passwordFile);
    await buildOnce(dataDir, (scratch) => initialise(scratch, request));
    return password;
  }
  if (Number(made) !== binaries.major) {
    throw new Error(
      `PostgreSQL: the data in ${dataDir} was made by version ${made.trim()} and this is ${binaries.major}: move it away to start afresh, or set DATABASE_URL to a server that can read it`,
    );
  }
  if (!(await exists(passwordFile))) {
    throw new Error(
      `PostgreSQL: ${passwordFile}, the password to the data in ${dataDir}, is gone: put it back, or remove the data to start afresh`,
    );
  }
  return rememberedPassword(passwordFile);
}

/**
 * The built-in C.UTF-8 is the same on every system, unlike the locales of the C library: it knows the case of
 * all letters and sorts by code point.
 */
async function initialise(scratch: string, { passwordFile, binaries, user }: Request): Promise<string> {
  const data = join(scratch, 'data');
  // The server's user may read a copy of the password, in a folder that nobody else can enter and that goes.
  const passwordCopy = join(scratch, 'password');
  await copyFile(passwordFile, passwordCopy);
  await giveTo(passwordCopy, user);
  await giveTo(scratch, user);
  const { code, output } = await run(
    binaries.initdb,
    [
      `--pgdata=${data}`,
      '--username=postgres',
      `--pwfile=${passwordCopy}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ],
    { user },
  );
  if (code !== 0) {
    const reason = output.split('\n').findLast((line) => line.startsWith('initdb: ')) ?? `exit code ${code}`;
    throw new Error(`PostgreSQL: its data folder cannot be made: ${reason}`);
  }
  return data;
}
