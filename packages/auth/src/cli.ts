import { parseArgs } from 'node:util';
import {
  ConfigError,
  type Database,
  type DatabaseConfig,
  databaseVariables,
  loadConfig,
  openDatabase,
} from '@meander/runtime';
import { type Scope, scopes } from './api-key.ts';
import { createKey, listKeys, revokeKey } from './key-store.ts';

const usage = `Usage:
  npm run apikey -- create --name NAME --scopes SCOPE[,SCOPE] [--expires YYYY-MM-DD]
  npm run apikey -- list
  npm run apikey -- revoke ID

Scopes: ${scopes.join(', ')}
The database is the one of DATABASE_URL.`;

/** A call that cannot be carried out as it stands. */
class UsageError extends Error {}

function readScopes(text: string | undefined): Scope[] {
  const asked = (text ?? '').split(',').map((scope) => scope.trim());
  const unknown = asked.filter((scope) => !(scopes as readonly string[]).includes(scope));
  if (unknown.length > 0) throw new UsageError(`Unknown scope. Known are: ${scopes.join(', ')}`);
  return asked as Scope[];
}

function readExpiry(text: string | undefined): Date | null {
  if (text === undefined) return null;
  const date = new Date(text);
  if (Number.isNaN(date.getTime()) || date <= new Date()) {
    throw new UsageError('--expires takes a date in the future, as YYYY-MM-DD');
  }
  return date;
}

const day = (date: Date | null) => date?.toISOString().slice(0, 16).replace('T', ' ') ?? '-';

const commands: Record<string, (db: Database, args: string[]) => Promise<string>> = {
  async create(db, args) {
    const { values } = parseArgs({
      args,
      options: { name: { type: 'string' }, scopes: { type: 'string' }, expires: { type: 'string' } },
    });
    const name = values.name?.trim();
    if (!name || name.length > 100) throw new UsageError('--name takes 1 to 100 characters');
    const { key, secret } = await createKey(db, {
      name,
      scopes: readScopes(values.scopes),
      expiresAt: readExpiry(values.expires),
    });
    return `id:     ${key.id}\nscopes: ${key.scopes.join(' ')}\nsecret: ${secret}\n\nThe secret is shown this once. Keep it where secrets are kept.`;
  },
  async list(db) {
    const rows = await listKeys(db);
    const lines = rows.map(
      ({ id, prefix, name, scopes: held, created_at, last_used_at, expires_at, revoked_at }) =>
        [
          id,
          `${prefix}…`,
          revoked_at ? 'revoked' : expires_at && expires_at <= new Date() ? 'expired' : 'valid',
          `created ${day(created_at)}`,
          `used ${day(last_used_at)}`,
          held.join(','),
          name,
        ].join('  '),
    );
    return lines.join('\n') || 'There are no keys.';
  },
  async revoke(db, [id]) {
    if (!id || !/^[0-9a-f-]{36}$/i.test(id))
      throw new UsageError('revoke takes the id of a key, as list shows it');
    if (!(await revokeKey(db, id))) throw new UsageError('There is no valid key with that id.');
    return 'Revoked. It opens nothing from now on.';
  },
};

async function main(): Promise<void> {
  const [command = '', ...args] = process.argv.slice(2);
  const perform = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (!perform) throw new UsageError(usage);
  const { DATABASE_URL, DATABASE_CA } = loadConfig<DatabaseConfig>(databaseVariables, process.env);
  const db = openDatabase({
    url: DATABASE_URL,
    ca: DATABASE_CA,
    role: 'meander_pipeline',
    poolSize: 1,
    applicationName: 'meander-apikey',
  });
  try {
    process.stdout.write(`${await perform(db, args)}\n`);
  } finally {
    await db.destroy();
  }
}

main().catch((error) => {
  const known =
    error instanceof UsageError ||
    error instanceof ConfigError ||
    error?.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
  process.stderr.write(
    `${known ? error.message : `The key could not be managed: ${error.code ?? error.name}`}\n`,
  );
  process.exitCode = 1;
});
