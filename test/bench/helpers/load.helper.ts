import { randomBytes, randomUUID } from 'node:crypto';
import autocannon, { type Request } from 'autocannon';
import { percentile } from '../judge/statistics.ts';
import { serve } from './serve.ts';

/** Either for so many seconds, or so many requests. */
type Extent = { seconds: number } | { amount: number };

export interface LoadResult {
  answers: number;
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

/** Part of every address that this process makes up. */
const mark = randomBytes(4).toString('hex');
let made = 0;

/** No two visitors share an address, so the limit counts each of them by itself. */
const addressOf = (visitor: number) => `10.${(visitor >> 16) & 255}.${(visitor >> 8) & 255}.${visitor & 255}`;

const firstAddress = Math.floor(Math.random() * 0xff_ffff);

/** What another visitor's form sends: an address, a key and a client address that nobody else has. */
export function nextBooking(body: object): Required<Pick<Request, 'body' | 'headers'>> {
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

/**
 * Keeps so many connections busy. An answer with another status than the wanted one voids the measurement.
 *
 * @throws for such an answer, and where there was none
 */
function drive(
  url: string,
  connections: number,
  extent: Extent,
  request: Request,
  wanted: number,
): Promise<LoadResult> {
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
  const times: number[] = [];
  const others = new Map<number, number>();
  const began = performance.now();
  let last = began;
  const running = autocannon(
    {
      url,
      connections,
      ...('amount' in extent ? { amount: extent.amount } : { duration: extent.seconds }),
      sampleInt: 100,
      requests: [request],
    },
    (failure, result) => {
      const faults = [
        ...(failure ? [String(failure)] : []),
        ...(result && result.errors > 0 ? [`${result.errors} connections failed`] : []),
        ...[...others].map(([status, count]) => `${count} answers with ${status}`),
        ...(times.length === 0 ? ['no answer'] : []),
      ];
      if (faults.length > 0) reject(new Error(`${url}: ${faults.join(', ')}`));
      else
        resolve({
          answers: times.length,
          perSecond: (times.length / (last - began)) * 1_000,
          p50: percentile(times, 0.5),
          p99: percentile(times, 0.99),
        });
    },
  );
  running.on('response', (_client: unknown, status: number, _octets: number, milliseconds: number) => {
    last = performance.now();
    if (status === wanted) times.push(milliseconds);
    else others.set(status, (others.get(status) ?? 0) + 1);
  });
  return promise;
}

const commands = {
  /** Posts bookings, each of a visitor of its own. */
  book: ({
    url,
    connections,
    body,
    ...extent
  }: { url: string; connections: number; body: object } & Extent) =>
    drive(
      url,
      connections,
      extent,
      {
        method: 'POST',
        path: '/leads',
        setupRequest: (request) => ({ ...request, ...nextBooking(body) }),
      },
      202,
    ),
  /** Gets one address again and again. */
  get: ({
    url,
    path,
    headers,
    connections,
    ...extent
  }: { url: string; path: string; headers: Record<string, string>; connections: number } & Extent) =>
    drive(url, connections, extent, { method: 'GET', path, headers }, 200),
};
export type LoadCommands = typeof commands;

serve(commands);
