import { createHmac, timingSafeEqual } from 'node:crypto';

/** The form's field that carries the token. */
export const pageTokenField = 'page_token';

const sign = (time: string, key: string) =>
  createHmac('sha256', key).update(`page ${time}`).digest('base64url').slice(0, 22);

/** A token that says when a page was loaded and that only the holder of `key` can have made. */
export function createPageToken(loadedAt: Date, key: string): string {
  const time = loadedAt.getTime().toString(36);
  return `${time}.${sign(time, key)}`;
}

/** When the page was loaded, or undefined for a token that is missing or was not made with `key`. */
export function readPageToken(token: unknown, key: string): Date | undefined {
  const [, time, signature] =
    typeof token === 'string' ? (/^([0-9a-z]{1,9})\.([\w-]{22})$/.exec(token) ?? []) : [];
  if (time === undefined || signature === undefined) return undefined;
  const valid = timingSafeEqual(Buffer.from(signature), Buffer.from(sign(time, key)));
  return valid ? new Date(Number.parseInt(time, 36)) : undefined;
}
