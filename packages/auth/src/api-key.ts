import { hash, randomBytes } from 'node:crypto';

/** What a key may open. */
export const scopes = [
  'leads:read',
  'leads:write',
  'leads:erase',
  'deliveries:read',
  'deliveries:write',
] as const;
export type Scope = (typeof scopes)[number];

/** Begins every secret, so that a leaked one is recognised by people and by secret scanners. */
const mark = 'mlk_';
/** How much of a secret is kept readable, so that people can tell keys apart. */
const prefixLength = mark.length + 8;

export interface NewSecret {
  /** Shown once, never stored: `mlk_` and 256 random bits in base64url. */
  secret: string;
  prefix: string;
  hash: Buffer;
}

/** What is stored of a secret. It has 256 random bits, so a fast hash is as good as a slow one. */
export function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

export function createSecret(): NewSecret {
  const secret = `${mark}${randomBytes(32).toString('base64url')}`;
  return { secret, prefix: secret.slice(0, prefixLength), hash: hashSecret(secret) };
}

/** True for a text that has a secret's shape; anything else need not be looked up. */
export function looksLikeSecret(text: string): boolean {
  return /^mlk_[A-Za-z0-9_-]{43}$/.test(text);
}
