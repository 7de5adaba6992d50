import { type DatabaseConfig, databaseVariables, loadConfig, openDatabase, variable } from '@meander/runtime';
import { createRetentionStore } from './adapters/retention-store.ts';
import { applyRetention } from './handlers/apply-retention.ts';

/** `npm run retention`: empties what IP_RETENTION_DAYS says, now. The service does the same every hour. */
async function main(): Promise<void> {
  const config = loadConfig<DatabaseConfig & { IP_RETENTION_DAYS: number }>(
    {
      ...databaseVariables,
      IP_RETENTION_DAYS: variable.count(30, 3_650),
    },
    process.env,
  );
  const db = openDatabase({
    url: config.DATABASE_URL,
    ca: config.DATABASE_CA,
    role: 'meander_intake',
    poolSize: 1,
    applicationName: 'meander-retention',
  });
  try {
    const { addresses, idempotency_keys } = await applyRetention(
      createRetentionStore(db),
      config.IP_RETENTION_DAYS,
    );
    process.stdout.write(
      `Emptied ${addresses} client addresses and forgot ${idempotency_keys} idempotency keys.\n`,
    );
  } finally {
    await db.destroy();
  }
}

main().catch((error) => {
  process.stderr.write(
    `${error.name === 'ConfigError' ? error.message : `Nothing was done: ${error.code ?? error.name}`}\n`,
  );
  process.exitCode = 1;
});
