import {
  ConfigError,
  type DatabaseConfig,
  databaseVariables,
  describeError,
  distrust,
  loadConfig,
} from '@meander/runtime';
import { migrate } from './migrate.ts';

/** `npm run migrate`: brings DATABASE_URL to the newest schema. */
async function main(): Promise<void> {
  const { DATABASE_URL, DATABASE_CA } = loadConfig<DatabaseConfig>(databaseVariables, process.env);
  const applied = await migrate(DATABASE_URL, DATABASE_CA);
  const lines = applied.length > 0 ? applied.map((name) => `applied ${name}`) : ['The schema is up to date.'];
  process.stdout.write(`${lines.join('\n')}\n`);
}

main().catch((error) => {
  const detail =
    error instanceof ConfigError
      ? error.message
      : `The migration failed: ${distrust(error, 'database', 'DATABASE') ?? JSON.stringify(describeError(error))}`;
  process.stderr.write(`${detail}\n`);
  process.exitCode = 1;
});
