import { existsSync, renameSync, rmSync } from 'node:fs';
import { migrate, roles } from '@meander/database';
import type { DatabaseAccess } from '@meander/runtime';
import { postgresConnection } from '@meander/runtime';
import pg from 'pg';
import { ProgramError, runProgram } from './postgres-program.ts';

/**
 * Writes the whole database, as it is at one instant, to a file that `restore` reads. Services may go on writing.
 * The file appears only when it is complete; an existing one is never overwritten.
 *
 * @throws ProgramError
 */
export async function backup(database: DatabaseAccess, file: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (existsSync(file)) throw new ProgramError('That file exists already: name a new one.');
  const part = `${file}.part`;
  try {
    await runProgram('pg_dump', ['--format=custom', '--no-owner', `--file=${part}`], database, env);
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}

/** The owner roles belong to the server and not to the database, so they are in no backup of it. */
async function makeRoles(client: pg.Client): Promise<void> {
  for (const role of roles) {
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
    if (rowCount === 0) await client.query(`CREATE ROLE ${role} NOLOGIN`);
    await client.query(`GRANT ${role} TO CURRENT_USER`);
    if (role !== 'meander_messaging') await client.query(`GRANT meander_messaging TO ${role}`);
  }
}

/**
 * Fills an empty database from a backup, in one transaction, and brings it to the newest schema. All the rest
 * follows from the rows: what was not published is published, what was not mailed is mailed, and nothing twice
 * that the backup knows of.
 *
 * @throws ProgramError where the database is not empty, or the file is no backup
 */
export async function restore(database: DatabaseAccess, file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const client = new pg.Client(postgresConnection(database));
  await client.connect();
  try {
    const { rowCount } = await client.query(
      "SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('public', 'intake') AND c.relkind = 'r'",
    );
    if (rowCount !== 0) throw new ProgramError('The database is not empty: restore into a new one.');
    await makeRoles(client);
  } finally {
    await client.end();
  }
  const options = [
    '--single-transaction',
    '--exit-on-error',
    '--no-owner',
    `--dbname=${databaseName(database)}`,
  ];
  await runProgram('pg_restore', [...options, file], database, env);
  await migrate(database.url, database.ca);
}

const databaseName = ({ url }: DatabaseAccess) => decodeURIComponent(new URL(url).pathname.slice(1));
