import { Logger, run, runMigrations } from 'graphile-worker';
import { type CreateRival, jobName, type MailJob } from './rival.ts';

/** Its own logger writes a line for each job. */
const logger = new Logger(() => () => {});

export const createGraphileWorker: CreateRival = async ({ databaseUrl: connectionString }) => {
  await runMigrations({ connectionString, logger });
  return {
    enqueue: (trx, job) =>
      trx.query('SELECT graphile_worker.add_job($1, $2::json)', [jobName, JSON.stringify(job)]),
    work: (handle, concurrency) =>
      run({
        connectionString,
        concurrency,
        logger,
        noHandleSignals: true,
        taskList: { [jobName]: async (job) => void (await handle(job as MailJob)) },
      }),
  };
};
