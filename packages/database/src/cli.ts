import {
  ConfigError,
  type DatabaseConfig,
  databaseFault,
  databaseVariables,
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

/** One sentence, and a code to look up. Where a step was refused knex has told by then which one, and by what. */
function whyItFailed(error: { code?: unknown; name?: unknown }): string {
  const code = String(error.code ?? error.name);
  const untrusted = distrust(error, 'database', 'DATABASE');
  if (untrusted) return `The migration failed: ${untrusted}`;
  // Of class 42 is what a step itself may not do, or does not find, which a service takes for a schema to come.
  return databaseFault(error) === 'unavailable' && !code.startsWith('42')
    ? `The migration failed: the database is away, or does not let us in (${code}). Look at DATABASE_URL, and run it again.`
    : `The migration failed (${code}). Nothing of the step that failed was kept; what came before it stays.`;
}

main().catch((error) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : whyItFailed(error)}\n`);
  process.exitCode = 1;
});
