import type { LoadCommands } from '../helpers/load.helper.ts';
import type { SinkCommands } from '../helpers/sink.helper.ts';
import type { Claim } from '../judge/judge.ts';
import { rivalNames } from '../rivals/index.ts';
import { interleave } from '../world/bench.ts';
import { readSample } from '../world/sample-mail.ts';
import { stopService } from '../world/service.ts';
import { book, intakeEnv } from './bookings.ts';
import { drained } from './drain.ts';
import { startRival } from './rival.ts';
import type { Section } from './section.ts';

function claimsOf(what: 'enqueued' | 'drained'): Claim[] {
  return [
    { what: `${what}, ours`, of: `${what} ours` },
    ...rivalNames.flatMap((name): Claim[] => [
      { what: `${what}, ${name}`, of: `${what} ${name}` },
      {
        what: `${what}, ours / ${name}`,
        ...{ of: `${what} ours`, over: `${what} ${name}` },
        target: { atLeast: 1 },
        floor: { atLeast: what === 'enqueued' ? 0.25 : 0.05 },
      },
    ]),
  ];
}

/** The same booking and the same mail, on the job queues that one would take otherwise. */
export const jobs: Section = {
  name: 'jobs',
  what: 'bookings with a mail each on pg-boss, graphile-worker and BullMQ, against ours',
  claims: () => [...claimsOf('enqueued'), ...claimsOf('drained')],
  async measure(bench) {
    const { short, ground } = bench;
    const amount = short ? 400 : 5_000;
    const warm = 100;
    const load = bench.helper<LoadCommands>('load');
    const sink = bench.helper<SinkCommands>('sink');
    const smtpUrl = await sink.call('listen');

    /** All bookings first, then a worker that starts on the backlog: both ends by themselves. */
    const measure = async (
      name: string,
      url: string,
      startWorker: () => Promise<() => Promise<void>>,
      mails: number,
    ) => {
      await sink.call('reset');
      const { perSecond } = await book(load, url, { amount: mails });
      const stop = await startWorker();
      const rate = await drained(sink, mails);
      await stop();
      if (mails === warm) return;
      bench.record(`enqueued ${name}`, '/s', perSecond);
      bench.record(`drained ${name}`, '/s', rate);
    };

    const stack = await bench.stack();
    const intake = await bench.service('intake', stack, intakeEnv);
    const ours = (mails: number) =>
      measure(
        'ours',
        intake.url,
        async () => {
          const sender = await bench.service('notification', stack, { SMTP_URL: smtpUrl });
          return () => stopService(sender);
        },
        mails,
      );
    await ours(warm);
    const mail = await readSample(sink);

    const variants = [() => ours(amount)];
    for (const name of rivalNames) {
      if (name === 'bullmq' && !ground.redisUrl) {
        for (const what of ['enqueued', 'drained']) bench.absent(`${what} ${name}`, 'there is no Redis');
        continue;
      }
      const { url, startWorker } = await startRival(bench, name, { smtpUrl, mail });
      await measure(name, url, startWorker, warm);
      variants.push(() => measure(name, url, startWorker, amount));
    }
    // Each turn starts and ends a process; the short form has no time for several.
    await interleave(short ? 1 : bench.runs, variants);
  },
};
