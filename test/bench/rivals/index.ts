import type { CreateRival } from './rival.ts';

/** Loaded in the process that needs it, and no other one beside it. */
const creators = {
  'pg-boss': async () => (await import('./pg-boss.ts')).createPgBoss,
  'graphile-worker': async () => (await import('./graphile-worker.ts')).createGraphileWorker,
  bullmq: async () => (await import('./bullmq.ts')).createBullmq,
} as const satisfies Record<string, () => Promise<CreateRival>>;

export type RivalName = keyof typeof creators;
export const rivalNames = Object.keys(creators) as RivalName[];

export const loadRival = (name: RivalName): Promise<CreateRival> => creators[name]();
