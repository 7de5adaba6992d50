import { randomBytes } from 'node:crypto';
import { migrate } from '@meander/database';
import { administer, withDatabase } from './databases.ts';

/** A migrated database of a name of its own, from which the stacks of a run are copied. */
export async function createTemplate(
  serverUrl: string,
  prefix: string,
): Promise<{ name: string; drop(): Promise<void> }> {
  const name = `${prefix}_${randomBytes(4).toString('hex')}_template`;
  const drop = () => administer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await administer(serverUrl, `CREATE DATABASE ${name}`);
  try {
    await migrate(withDatabase(serverUrl, name));
  } catch (error) {
    await drop();
    throw error;
  }
  return { name, drop };
}
