import autocannon, { type Request } from 'autocannon';
import { percentile } from '../judge/statistics.ts';
import { serve } from './serve.ts';
import { nextBooking } from './visitor.ts';

/** Either for so many seconds, or so many requests. */
type Extent = { seconds: number } | { amount: number };

export interface LoadResult {
  answers: number;
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
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
