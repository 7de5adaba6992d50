import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { syntheticDomain } from '@meander/lead';

/** The header by which intake knows a request of our own. */
export const probeHeader = 'meander-probe';

/** How long a proof holds, in milliseconds: who overhears one can repeat that one booking, and only so long. */
const validFor = 60_000;

/** A request that only a holder of the signing key can have made. */
export interface Probe {
  /** The address that its booking gets: made from the proof, so that repeating it books nothing new. */
  email: string;
}

const sign = (what: string, key: string) =>
  createHmac('sha256', key).update(`probe ${what}`).digest('base64url');

/** Without FORM_SIGNING_KEY, the key that all copies on one database share; it keeps nothing secret but a time and a probe. */
export function deriveSigningKey(databaseUrl: string): string {
  return createHash('sha256').update(`meander form ${databaseUrl}`).digest('base64url');
}

/** The header's value for one request, made now. */
export function createProbe(key: string, now: Date): string {
  const what = `${now.getTime().toString(36)}.${randomBytes(9).toString('hex')}`;
  return `${what}.${sign(what, key)}`;
}

/** Reads the header; undefined for one that is missing, not made with `key`, or older (or newer) than a minute. */
export function readProbe(header: string | undefined, key: string, now: Date): Probe | undefined {
  const [, what, time, nonce, signature] =
    /^(([0-9a-z]{1,9})\.([0-9a-f]{18}))\.([\w-]{43})$/.exec(header ?? '') ?? [];
  if (what === undefined || time === undefined || nonce === undefined || signature === undefined)
    return undefined;
  if (!timingSafeEqual(Buffer.from(signature), Buffer.from(sign(what, key)))) return undefined;
  if (Math.abs(now.getTime() - Number.parseInt(time, 36)) > validFor) return undefined;
  return { email: `${nonce}@${syntheticDomain}` };
}
