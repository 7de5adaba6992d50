import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { createKey, findKey, scopes } from '@meander/auth';
import { type DatabaseAccess, openDatabase } from '@meander/runtime';
import { writePrivately } from './private-file.ts';

/** The key of the last start if it still opens the database, else a new one, in a file that only its owner reads. */
export async function ensureDevKey(database: DatabaseAccess, file: string): Promise<string> {
  const db = openDatabase({
    ...database,
    role: 'meander_pipeline',
    poolSize: 1,
    applicationName: 'meander-local',
  });
  try {
    const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
    if (kept !== '' && (await findKey(db, kept))) {
      chmodSync(file, 0o600);
      return kept;
    }
    const { secret } = await createKey(db, { name: 'local development', scopes });
    writePrivately(file, `${secret}\n`);
    return secret;
  } finally {
    await db.destroy();
  }
}
