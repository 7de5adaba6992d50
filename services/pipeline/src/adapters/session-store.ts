import { hash, randomBytes } from 'node:crypto';
import type { Scope } from '@meander/auth';
import type { Locale } from '@meander/lead';
import type { Database } from '@meander/runtime';
import { sessionSeconds } from '../domain/session.ts';
import type { Sessions } from '../handlers/sign-in.ts';

const table = 'pipeline.sessions';

/** 256 random bits need no slow hash. */
const hashOf = (secret: string) => hash('sha256', secret, 'buffer');

/** One query by the hash: the session, and the key behind it as it is now, or the person. */
const find = `
  SELECT session.locale, coalesce('key:' || key.id, 'user:' || person.id) AS id,
    coalesce(key.name, person.name) AS name, coalesce(key.scopes, session.scopes) AS scopes
  FROM pipeline.sessions AS session
  LEFT JOIN pipeline.api_keys AS key ON key.id = session.key_id
  LEFT JOIN pipeline.users AS person ON person.id = session.user_id
  WHERE session.secret_hash = ? AND session.expires_at > clock_timestamp()
    AND (person.id IS NOT NULL
      OR key.revoked_at IS NULL AND (key.expires_at IS NULL OR key.expires_at > clock_timestamp()))`;

interface Row {
  locale: Locale;
  id: string;
  name: string;
  scopes: Scope[];
}

type Owner = { key_id: string } | { user_id: string; scopes: readonly Scope[] };

export function createSessions(db: Database): Sessions {
  const openOf = async (owner: Owner, locale: Locale): Promise<string> => {
    const secret = randomBytes(32).toString('base64url');
    await db(table).where('expires_at', '<', db.raw('clock_timestamp()')).delete();
    await db(table).insert({
      secret_hash: hashOf(secret),
      ...owner,
      locale,
      expires_at: db.raw("clock_timestamp() + ? * interval '1 second'", [sessionSeconds]),
    });
    return secret;
  };
  return {
    open: (keyId, locale) => openOf({ key_id: keyId }, locale),
    openFor: ({ actor, scopes }, locale) =>
      openOf({ user_id: actor.id.replace(/^user:/, ''), scopes }, locale),
    async find(secret) {
      const { rows } = await db.raw<{ rows: Row[] }>(find, [hashOf(secret)]);
      const [row] = rows;
      return row && { actor: { id: row.id, name: row.name }, scopes: row.scopes, locale: row.locale };
    },
    async setLocale(secret, locale) {
      await db(table)
        .where({ secret_hash: hashOf(secret) })
        .update({ locale });
    },
    async end(secret) {
      await db(table)
        .where({ secret_hash: hashOf(secret) })
        .delete();
    },
  };
}
