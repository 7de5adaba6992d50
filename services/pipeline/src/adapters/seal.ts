import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Database } from '@meander/runtime';

/** Values as texts that only this installation reads. */
export interface Seal {
  /** @param bound what the value belongs to; the text opens with an equal one only */
  seal(value: unknown, bound: unknown): Promise<string>;
  /** Undefined for a text that is none of ours, was changed, or belongs to something else. */
  open(text: string, bound: unknown): Promise<unknown>;
}

const cipher = 'aes-256-gcm';
const length = { iv: 12, tag: 16 };
const longest = 4_000;

const toBytes = (bound: unknown) => Buffer.from(JSON.stringify(bound));

/**
 * Seals by a key of this name that lies in the database, so every copy opens every copy's texts, also after a
 * restart. They are encrypted and authenticated.
 */
export function createSeal(db: Database, name: 'cursor' | 'sign-in'): Seal {
  let key: Promise<Buffer> | undefined;
  const readKey = () => {
    key ??= db('pipeline.secrets')
      .where({ name })
      .first('value')
      .then(({ value }) => value)
      .catch((error) => {
        key = undefined;
        throw error;
      });
    return key as Promise<Buffer>;
  };
  return {
    async seal(value, bound) {
      const iv = randomBytes(length.iv);
      const sealing = createCipheriv(cipher, await readKey(), iv).setAAD(toBytes(bound));
      const text = Buffer.concat([sealing.update(JSON.stringify(value)), sealing.final()]);
      return Buffer.concat([iv, text, sealing.getAuthTag()]).toString('base64url');
    },
    async open(text, bound) {
      if (text.length > longest || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length <= length.iv + length.tag) return undefined;
      const opening = createDecipheriv(cipher, await readKey(), bytes.subarray(0, length.iv), {
        authTagLength: length.tag,
      }).setAAD(toBytes(bound));
      try {
        opening.setAuthTag(bytes.subarray(-length.tag));
        const plain = Buffer.concat([
          opening.update(bytes.subarray(length.iv, -length.tag)),
          opening.final(),
        ]);
        return JSON.parse(plain.toString());
      } catch {
        return undefined;
      }
    },
  };
}
