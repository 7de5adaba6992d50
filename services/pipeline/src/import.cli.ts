import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isPhoneRegion, type PhoneRegion, type Source, sources } from '@meander/lead';
import {
  ConfigError,
  type DatabaseConfig,
  databaseVariables,
  describeError,
  loadConfig,
  openDatabase,
  variable,
} from '@meander/runtime';
import { createLeadImport } from './adapters/lead-import.ts';
import { ImportFileError, importFile } from './handlers/import-file.ts';

const usage = `Usage:
  npm run import -- FILE.csv [--dry-run] [--source ${sources.join('|')}]

Reads a CSV file (UTF-8; comma, semicolon or tab) whose first line names the columns: first_name, last_name, email,
organization_name and role_title are needed; phone, organization_size, current_solution, preferred_demo_timing,
notes, source, locale and status may be there. Leads whose email is known already stay as they are, so it is safe to
run again. --dry-run judges every row and writes nothing. The database is the one of DATABASE_URL.`;

/** A call that cannot be carried out as it stands. */
class UsageError extends Error {}

/** A bar on a terminal; nothing in a log. */
function createBar(): (share: number) => void {
  let shown = -1;
  return (share) => {
    const percent = Math.min(100, Math.floor(share * 100));
    if (!process.stderr.isTTY || percent === shown) return;
    shown = percent;
    const filled = Math.round(percent / 4);
    process.stderr.write(`\r[${'#'.repeat(filled).padEnd(25)}] ${percent} %${percent === 100 ? '\n' : ''}`);
  };
}

function readArguments() {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    options: { 'dry-run': { type: 'boolean' }, source: { type: 'string' } },
    allowPositionals: true,
  });
  const [file, ...more] = positionals;
  const source = sources.find((one) => one === (values.source ?? 'import'));
  if (!file || more.length > 0 || !source) throw new UsageError(usage);
  // npm runs scripts from the top of the repository; the file is named from where the caller stands.
  const from = process.env.INIT_CWD ?? process.cwd();
  return { file: resolve(from, file), source: source satisfies Source, dryRun: values['dry-run'] === true };
}

async function main(): Promise<void> {
  const asked = readArguments();
  const config = loadConfig<DatabaseConfig & { DEFAULT_PHONE_REGION: PhoneRegion }>(
    {
      ...databaseVariables,
      DEFAULT_PHONE_REGION: variable
        .checked<PhoneRegion>(isPhoneRegion, 'a two-letter country code')
        .default('NO'),
    },
    process.env,
  );
  const db = openDatabase({
    ...{ url: config.DATABASE_URL, ca: config.DATABASE_CA, role: 'meander_pipeline', poolSize: 1 },
    applicationName: 'meander-import',
  });
  try {
    const { rows, added, known, refused, ignoredColumns } = await importFile(createLeadImport(db), {
      ...asked,
      locale: 'en',
      phoneRegion: config.DEFAULT_PHONE_REGION,
      onProgress: createBar(),
      // The report says where and why, and repeats nothing of the row.
      onRefused: (line, errors) => {
        const faults = errors.map(({ field, rule, message }) => `${field} (${rule}): ${message}`);
        process.stdout.write(`line ${line}: ${faults.join(' ')}\n`);
      },
    });
    const ignored = ignoredColumns.length > 0 ? `\nColumns left aside: ${ignoredColumns.join(', ')}` : '';
    const verb = asked.dryRun ? 'would be added' : 'added';
    process.stdout.write(
      `${rows} rows: ${added} ${verb}, ${known} known already, ${refused} refused.${ignored}\n`,
    );
    if (refused > 0) process.exitCode = 2;
  } finally {
    await db.destroy();
  }
}

main().catch((error) => {
  const isCall =
    error instanceof UsageError || error instanceof ConfigError || error instanceof ImportFileError;
  const isArgument = String(error?.code).startsWith('ERR_PARSE_ARGS');
  const isMissing = error?.code === 'ENOENT';
  const detail = isMissing
    ? 'There is no such file.'
    : isCall || isArgument
      ? error.message
      : `The import stopped: ${JSON.stringify(describeError(error))}\nIt can be run again: what was added is known by now.`;
  process.stderr.write(`${detail}\n`);
  process.exitCode = 1;
});
