import type { Database } from '@meander/runtime';
import { v7 as uuid } from 'uuid';
import { createSecret, hashSecret, looksLikeSecret, type Scope } from './api-key.ts';

/** A key as people see it; its secret is not among it. */
export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  scopes: Scope[];
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

const columns = ['id', 'name', 'prefix', 'scopes', 'created_at', 'expires_at', 'revoked_at', 'last_used_at'];
const table = 'pipeline.api_keys';

/** Makes a key. The secret in the answer is shown this once. */
export async function createKey(
  db: Database,
  { name, scopes, expiresAt = null }: { name: string; scopes: readonly Scope[]; expiresAt?: Date | null },
): Promise<{ key: ApiKey; secret: string }> {
  const { secret, prefix, hash } = createSecret();
  const [key] = await db(table)
    .insert({ id: uuid(), name, prefix, secret_hash: hash, scopes: [...scopes], expires_at: expiresAt })
    .returning(columns);
  return { key, secret };
}

/** All keys, newest first, the revoked ones too. */
export function listKeys(db: Database): Promise<ApiKey[]> {
  return db(table).select(columns).orderBy('id', 'desc');
}

/** Ends a key at once. False where there is no such key, or it was revoked before. */
export async function revokeKey(db: Database, id: string): Promise<boolean> {
  const changed = await db(table)
    .where({ id, revoked_at: null })
    .update({ revoked_at: db.raw('clock_timestamp()') });
  return changed === 1;
}

/**
 * Finds the key of a secret that is valid now, and notes its use (to the minute, so that a busy key does not
 * write on every call). Asked of the database each time: a revoked key opens nothing from that moment on.
 */
export async function findKey(db: Database, secret: string): Promise<ApiKey | undefined> {
  if (!looksLikeSecret(secret)) return undefined;
  const key: ApiKey | undefined = await db(table)
    .where({ secret_hash: hashSecret(secret), revoked_at: null })
    .andWhere((valid) =>
      valid.whereNull('expires_at').orWhere('expires_at', '>', db.raw('clock_timestamp()')),
    )
    .first(columns);
  if (key) {
    await db(table)
      .where({ id: key.id })
      .andWhere((stale) =>
        stale
          .whereNull('last_used_at')
          .orWhere('last_used_at', '<', db.raw("clock_timestamp() - interval '1 minute'")),
      )
      .update({ last_used_at: db.raw('clock_timestamp()') });
  }
  return key;
}
