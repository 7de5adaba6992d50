import { createServer } from 'node:net';

/**
 * Ports that are given out here. They lie below those that a system gives to any socket by itself (on Linux from 32768
 * on), which would be somebody else's by the time they are wanted.
 */
const lowest = 20_000;
const workers = 60;
const perWorker = 200;

/** Test files that run side by side have ranges of their own. */
const range = lowest + (Number(process.env.VITEST_POOL_ID ?? 0) % workers) * perWorker;
let last = Math.floor(Math.random() * perWorker);

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/**
 * A port on loopback that nobody has now and nobody gets unasked: for what must be known before something listens
 * there, or is to be had once more after a stop. Never the same twice in one process.
 *
 * @throws where all of this worker's are taken
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < perWorker; tries += 1) {
    last = (last + 1) % perWorker;
    if (await isFree(range + last)) return range + last;
  }
  throw new Error(`no port is free from ${range} to ${range + perWorker - 1}`);
}
