import type { Stack } from '@meander/testing';
import type { RivalWebCommands } from '../helpers/rival-web.helper.ts';
import type { RivalWorkerCommands } from '../helpers/rival-worker.helper.ts';
import type { RivalName } from '../rivals/index.ts';
import type { RivalGround } from '../rivals/rival.ts';
import type { Bench } from '../world/bench.ts';
import type { SampleMail } from '../world/sample-mail.ts';

/** Jobs that a rival's worker has in hand at once. */
export const concurrency = 20;

/** The two processes that a rival is made of. */
export interface RivalProduct {
  /** Where bookings are posted. */
  url: string;
  stack: Stack;
  /** Starts its worker, a process of its own; ended by what comes back. */
  startWorker(): Promise<() => Promise<void>>;
}

export async function startRival(
  bench: Bench,
  name: RivalName,
  { smtpUrl, mail }: { smtpUrl: string; mail: SampleMail },
): Promise<RivalProduct> {
  const stack = await bench.stack();
  const { databaseUrl, redisUrl, keyPrefix } = stack;
  const ground: RivalGround = { databaseUrl, redisUrl, keyPrefix };
  const url = await bench.helper<RivalWebCommands>('rival-web').call('listen', { name, ground });
  return {
    url,
    stack,
    async startWorker() {
      const worker = bench.helper<RivalWorkerCommands>('rival-worker');
      await worker.call('work', { name, ground, smtpUrl, concurrency, mail });
      return () => worker.stop();
    },
  };
}
