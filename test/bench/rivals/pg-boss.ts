import { PgBoss } from 'pg-boss';
import { type CreateRival, jobName, type MailJob } from './rival.ts';

export const createPgBoss: CreateRival = async ({ databaseUrl }) => {
  const boss = new PgBoss(databaseUrl);
  boss.on('error', (error) => console.error(error.message));
  await boss.start();
  await boss.createQueue(jobName);
  return {
    enqueue: (trx, job) =>
      boss.send(jobName, job, { db: { executeSql: (text, values) => trx.query(text, values) } }),
    // By default a worker takes one job every two seconds; without a pause between full batches is what its
    // documentation advises for a backlog.
    work: (handle, concurrency) =>
      boss.work<MailJob>(jobName, { batchSize: concurrency, burstWhenBatchFull: true }, async (jobs) => {
        await Promise.all(jobs.map(({ data }) => handle(data)));
      }),
  };
};
