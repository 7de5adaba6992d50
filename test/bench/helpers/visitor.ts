import { randomBytes, randomUUID } from 'node:crypto';

/** Part of every address that this process makes up. */
const mark = randomBytes(4).toString('hex');
const firstAddress = Math.floor(Math.random() * 0xff_ffff);
let made = 0;

/** No two visitors share an address, so the limit counts each of them by itself. */
const addressOf = (visitor: number) => `10.${(visitor >> 16) & 255}.${(visitor >> 8) & 255}.${visitor & 255}`;

/** What another visitor's form sends: an email, a key and a client address that nobody else has. */
export function nextBooking(body: object): { body: string; headers: Record<string, string> } {
  made += 1;
  return {
    body: JSON.stringify({ ...body, email: `visitor.${made}.${mark}@example.com` }),
    headers: {
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      'x-forwarded-for': addressOf(firstAddress + made),
    },
  };
}
