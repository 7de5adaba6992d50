import { createBullmq } from './bullmq.ts';
import { createGraphileWorker } from './graphile-worker.ts';
import { createPgBoss } from './pg-boss.ts';
import type { CreateRival } from './rival.ts';

export const rivals = {
  'pg-boss': createPgBoss,
  'graphile-worker': createGraphileWorker,
  bullmq: createBullmq,
} as const satisfies Record<string, CreateRival>;

export type RivalName = keyof typeof rivals;
