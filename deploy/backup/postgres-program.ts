import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DatabaseAccess, SafeError } from '@meander/runtime';

/** A program of PostgreSQL's could not be run, or failed; it has said why on standard error. */
export class ProgramError extends SafeError {}

/** The database as PostgreSQL's programs read it: by environment, so that no password stands in a list of processes. */
function connectionVariables({ url }: DatabaseAccess): Record<string, string> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  return {
    PGHOST: hostname.replace(/^\[(.*)\]$/, '$1'),
    PGPORT: port || '5432',
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGSSLMODE: searchParams.get('sslmode') ?? 'prefer',
  };
}

/**
 * Runs `pg_dump` or `pg_restore` on a database.
 *
 * @throws ProgramError where it is not installed or ends with a fault
 */
export async function runProgram(
  name: 'pg_dump' | 'pg_restore',
  args: readonly string[],
  database: DatabaseAccess,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'meander-backup-'));
  try {
    const caFile = join(folder, 'ca.pem');
    if (database.ca) writeFileSync(caFile, database.ca);
    const child = spawn(name, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...env, ...connectionVariables(database), ...(database.ca ? { PGSSLROOTCERT: caFile } : {}) },
    });
    const [code] = await once(child, 'exit').catch((cause) => {
      throw new ProgramError(`${name} is not installed: it comes with PostgreSQL's client programs.`, {
        cause,
      });
    });
    if (code !== 0) throw new ProgramError(`${name} failed; it says why above.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
