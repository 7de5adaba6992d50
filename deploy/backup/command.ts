import { resolve } from 'node:path';
import {
  ConfigError,
  type DatabaseAccess,
  type DatabaseConfig,
  databaseVariables,
  describeError,
  loadConfig,
} from '@meander/runtime';
import { ProgramError } from './postgres-program.ts';

/** `npm run backup -- FILE` and `npm run restore -- FILE`, on the database of DATABASE_URL. */
export async function runCommand(
  name: string,
  work: (database: DatabaseAccess, file: string, env: NodeJS.ProcessEnv) => Promise<void>,
): Promise<void> {
  const { env } = process;
  try {
    const [file, ...rest] = process.argv.slice(2);
    if (!file || rest.length > 0) throw new ProgramError(`Usage: npm run ${name} -- FILE`);
    const { DATABASE_URL: url, DATABASE_CA: ca } = loadConfig<DatabaseConfig>(databaseVariables, env);
    // npm runs scripts from the top of the repository; the file is named from where the caller stands.
    await work({ url, ca }, resolve(env.INIT_CWD ?? '.', file), env);
    process.stdout.write(`${name}: done.\n`);
  } catch (error) {
    const known = error instanceof ConfigError || error instanceof ProgramError;
    process.stderr.write(
      `${known ? error.message : `${name} failed: ${JSON.stringify(describeError(error))}`}\n`,
    );
    process.exitCode = 1;
  }
}
