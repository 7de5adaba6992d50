import { createNodeRedisClient, Queue, Worker } from 'bullmq';
import { createClient } from 'redis';
import { type CreateRival, jobName, type MailJob } from './rival.ts';

export const createBullmq: CreateRival = async ({ redisUrl, keyPrefix }) => {
  if (redisUrl === undefined) throw new Error('BullMQ needs Redis');
  const connection = createNodeRedisClient(createClient({ url: redisUrl }));
  const prefix = `${keyPrefix}bull`;
  const queue = new Queue<MailJob>(jobName, { connection, prefix });
  return {
    enqueueAfter: (job) => queue.add(jobName, job),
    work: async (handle, concurrency) =>
      new Worker<MailJob>(jobName, async ({ data }) => void (await handle(data)), {
        connection,
        prefix,
        concurrency,
      }),
  };
};
