import type { ClientBase } from 'pg';

/** What is to be done later: the confirmation of this lead. */
export interface MailJob {
  lead_id: string;
}

/** Where a rival keeps its jobs. */
export interface RivalGround {
  databaseUrl: string;
  redisUrl: string | undefined;
  /** Begins its keys in Redis. */
  keyPrefix: string;
}

/** A job queue as its documentation sets it up, in the process that enqueues or in the one that works. */
export interface Rival {
  /** Within the transaction of the booking. */
  enqueue?(trx: ClientBase, job: MailJob): Promise<unknown>;
  /** After its commit, where the jobs are not in the same database: a crash in between loses the mail. */
  enqueueAfter?(job: MailJob): Promise<unknown>;
  /** Works on so many jobs at once from now on. */
  work(handle: (job: MailJob) => Promise<unknown>, concurrency: number): Promise<unknown>;
}

export type CreateRival = (ground: RivalGround) => Promise<Rival>;

/** Its queue, task or both. */
export const jobName = 'confirm-lead';
