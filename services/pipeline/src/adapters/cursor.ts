import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Database } from '@meander/runtime';
import type { Cursors } from '../handlers/list-leads.ts';

const cipher = 'aes-256-gcm';
const length = { iv: 12, tag: 16 };
/** Far above any position (an organization's name has at most 200 letters). */
const longestCursor = 4_000;

const bound = (query: unknown) => Buffer.from(JSON.stringify(query));

/**
 * Cursors are encrypted and authenticated: a position may hold an organization's name, which does not belong
 * in addresses and their logs, and a changed or borrowed cursor is told from a good one. The key lies in the
 * database, so every copy opens every copy's cursors, also after a restart.
 */
export function createCursors(db: Database): Cursors {
  let key: Promise<Buffer> | undefined;
  const readKey = () => {
    key ??= db('pipeline.secrets')
      .where({ name: 'cursor' })
      .first('value')
      .then(({ value }) => value)
      .catch((error) => {
        key = undefined;
        throw error;
      });
    return key as Promise<Buffer>;
  };
  return {
    async seal(position, query) {
      const iv = randomBytes(length.iv);
      const sealing = createCipheriv(cipher, await readKey(), iv).setAAD(bound(query));
      const text = Buffer.concat([
        sealing.update(JSON.stringify([position.value, position.id])),
        sealing.final(),
      ]);
      return Buffer.concat([iv, text, sealing.getAuthTag()]).toString('base64url');
    },
    async open(cursor, query) {
      if (cursor.length > longestCursor || !/^[A-Za-z0-9_-]+$/.test(cursor)) return undefined;
      const bytes = Buffer.from(cursor, 'base64url');
      if (bytes.length <= length.iv + length.tag) return undefined;
      const opening = createDecipheriv(cipher, await readKey(), bytes.subarray(0, length.iv), {
        authTagLength: length.tag,
      }).setAAD(bound(query));
      try {
        opening.setAuthTag(bytes.subarray(-length.tag));
        const text = Buffer.concat([opening.update(bytes.subarray(length.iv, -length.tag)), opening.final()]);
        const [value, id] = JSON.parse(text.toString());
        return { value, id };
      } catch {
        return undefined;
      }
    },
  };
}
