import {
  ConfigError,
  type Database,
  type DatabaseConfig,
  databaseVariables,
  loadConfig,
  openDatabase,
} from '@meander/runtime';
import { scopes } from './api-key.ts';
import { printable, readKeyId, readKeyRequest, UsageError } from './key-request.ts';
import { createKey, listKeys, revokeKey } from './key-store.ts';

const usage = `Usage:
  npm run apikey -- create --name NAME --scopes SCOPE[,SCOPE] [--expires YYYY-MM-DD]
  npm run apikey -- list
  npm run apikey -- revoke ID

Scopes: ${scopes.join(', ')}
The database is the one of DATABASE_URL.`;

const day = (date: Date | null) => date?.toISOString().slice(0, 16).replace('T', ' ') ?? '-';

const commands: Record<string, (db: Database, args: string[]) => Promise<string>> = {
  async create(db, args) {
    const { key, secret } = await createKey(db, readKeyRequest(args, new Date()));
    return `id:     ${key.id}\nscopes: ${key.scopes.join(' ')}\nsecret: ${secret}\n\nThe secret is shown this once. Keep it where secrets are kept.`;
  },
  async list(db, args) {
    if (args.length > 0) throw new UsageError('list takes nothing else');
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
          printable(name),
        ].join('  '),
    );
    return lines.join('\n') || 'There are no keys.';
  },
  async revoke(db, args) {
    const id = readKeyId(args);
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
    String(error?.code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(
    `${known ? error.message : `The key could not be managed: ${error.code ?? error.name}`}\n`,
  );
  process.exitCode = 1;
});
