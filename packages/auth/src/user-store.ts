import type { Database } from '@meander/runtime';
import { v7 as uuid } from 'uuid';

/** A person, or a program, that comes by OpenID Connect, as histories name it. */
export interface User {
  id: string;
  name: string;
}

const table = 'pipeline.users';

/**
 * Gives an issuer's subject an id of our own at first sight, and keeps the newest name: a subject may be an
 * email address, which has no place in events and logs.
 */
export async function rememberUser(
  db: Database,
  { issuer, subject, name }: { issuer: string; subject: string; name: string },
): Promise<User> {
  const find = (): Promise<User | undefined> => db(table).where({ issuer, subject }).first('id', 'name');
  const known = await find();
  if (known?.name === name) return known;
  await db(table)
    .insert({ id: uuid(), issuer, subject, name })
    .onConflict(['issuer', 'subject'])
    .merge({ name: db.raw('excluded.name') });
  const remembered = await find();
  if (!remembered) throw new Error('a user that was just written is gone');
  return remembered;
}
