import type { LoadCommands } from '../helpers/load.helper.ts';
import type { SinkCommands } from '../helpers/sink.helper.ts';
import type { Claim } from '../judge/judge.ts';
import { rivalNames } from '../rivals/index.ts';
import { interleave } from '../world/bench.ts';
import { readSample } from '../world/sample-mail.ts';
import { stopService } from '../world/service.ts';
import { book, connections, intakeEnv } from './bookings.ts';
import { drained, startSender } from './drain.ts';
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
        floor: { atLeast: what === 'enqueued' ? 0.3 : 0.2 },
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
    const amount = short ? 300 : 5_000;
    const warm = 100;
    const load = bench.helper<LoadCommands>('load');
    const sink = bench.helper<SinkCommands>('sink');
    const smtpUrl = await sink.call('listen');

    /** All bookings first, some to warm up; then a worker that starts on the backlog: both ends by themselves. */
    const measure = async (name: string, url: string, startWorker: () => Promise<() => Promise<void>>) => {
      await sink.call('reset');
      await book(load, url, { amount: warm });
      const { perSecond } = await book(load, url, { amount });
      const stop = await startWorker();
      const rate = await drained(sink, warm + amount);
      await stop();
      bench.record(`enqueued ${name}`, '/s', perSecond);
      bench.record(`drained ${name}`, '/s', rate);
    };

    const stack = await bench.stack();
    const intake = await bench.service('intake', stack, intakeEnv);
    const startOurs = async () => {
      const sender = await startSender(bench, stack, smtpUrl);
      return () => stopService(sender);
    };
    await book(load, intake.url, { amount: connections });
    const stop = await startOurs();
    await drained(sink, connections);
    await stop();
    const mail = await readSample(sink);

    const variants = [() => measure('ours', intake.url, startOurs)];
    for (const name of rivalNames) {
      if (name === 'bullmq' && !ground.redisUrl) {
        for (const what of ['enqueued', 'drained']) bench.absent(`${what} ${name}`, 'there is no Redis');
        continue;
      }
      const { url, startWorker } = await startRival(bench, name, { smtpUrl, mail });
      variants.push(() => measure(name, url, startWorker));
    }
    // Each turn starts and ends a process; the short form has no time for several.
    await interleave(short ? 1 : bench.runs, variants);
  },
};
