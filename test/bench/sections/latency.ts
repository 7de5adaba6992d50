import { bookingBody, type Stack } from '@meander/testing';
import type { ArrivalCommands } from '../helpers/arrivals.helper.ts';
import type { SinkCommands } from '../helpers/sink.helper.ts';
import { percentile } from '../judge/statistics.ts';
import { interleave } from '../world/bench.ts';
import type { Helper } from '../world/helper.ts';
import { readSample } from '../world/sample-mail.ts';
import { intakeEnv } from './bookings.ts';
import { startRival } from './rival.ts';
import type { Section } from './section.ts';

const perSecond = 50;

/**
 * From the last statement before the commit, by the database's clock, to the server's 250: what a mail's way takes,
 * in milliseconds, for each mail since the last reset.
 */
async function waits(sink: Helper<SinkCommands>, { databaseUrl, db }: Stack): Promise<number[]> {
  const ahead = await sink.call('clockOffset', { databaseUrl });
  const { rows } = await db.raw<{ rows: { email: string; at: number }[] }>(
    `SELECT email, (extract(epoch FROM received_at) * 1000)::float8 AS at
     FROM intake.submissions JOIN leads ON leads.id = lead_id`,
  );
  const taken = new Map(rows.map(({ email, at }) => [email, at]));
  return (await sink.call('stamps')).flatMap(([recipient, at]) => {
    const began = taken.get(recipient);
    return began === undefined ? [] : [at + ahead - began];
  });
}

/** How long a visitor's mail takes while others book too. */
export const latency: Section = {
  name: 'latency',
  what: 'from the commit of a booking to the mail server’s 250, at 50 bookings a second, against graphile-worker',
  claims: () => [
    { what: 'commit to 250, p50', of: 'ours p50', target: { atMost: 6 } },
    { what: 'commit to 250, p99', of: 'ours p99' },
    { what: 'the relay in another process, p50', of: 'remote p50' },
    { what: 'the relay in another process, p99', of: 'remote p99' },
    { what: 'graphile-worker, p50', of: 'graphile p50' },
    { what: 'graphile-worker, p99', of: 'graphile p99' },
    {
      what: 'p50 / graphile-worker’s',
      ...{ of: 'ours p50', over: 'graphile p50' },
      target: { atMost: 1.5 },
      floor: { atMost: 30 },
    },
  ],
  async measure(bench) {
    const seconds = bench.short ? 2 : 20;
    const arrivals = bench.helper<ArrivalCommands>('arrivals');
    const sink = bench.helper<SinkCommands>('sink');
    const smtpUrl = await sink.call('listen');

    const bookFor = async (url: string, time: number) => {
      await sink.call('reset');
      const count = await arrivals.call('book', { url, perSecond, seconds: time, body: bookingBody() });
      const came = await sink.call('untilCount', { count, seconds: 30 });
      if (came !== count) throw new Error(`${came} mails came of ${count} bookings`);
    };
    const measure = async (name: string, url: string, stack: Stack) => {
      await bookFor(url, seconds);
      const times = await waits(sink, stack);
      bench.record(`${name} p50`, 'ms', percentile(times, 0.5));
      bench.record(`${name} p99`, 'ms', percentile(times, 0.99));
    };
    const warm = bench.short ? 2 : 5;

    /** The service that starts first is the one whose relay works. */
    const start = async (first: 'intake' | 'notification') => {
      const stack = await bench.stack();
      const startOf = {
        intake: () => bench.service('intake', stack, intakeEnv),
        notification: () => bench.service('notification', stack, { SMTP_URL: smtpUrl }),
      };
      const before = await startOf[first]();
      const after = await startOf[first === 'intake' ? 'notification' : 'intake']();
      const { url } = first === 'intake' ? before : after;
      return { url, stack };
    };
    const [ours, remote] = await Promise.all([start('intake'), start('notification')]);
    for (const { url } of [ours, remote]) await bookFor(url, warm);
    const mail = await readSample(sink);
    const graphile = await startRival(bench, 'graphile-worker', { smtpUrl, mail });
    await graphile.startWorker();
    await bookFor(graphile.url, warm);

    await interleave(bench.runs, [
      () => measure('ours', ours.url, ours.stack),
      () => measure('remote', remote.url, remote.stack),
      () => measure('graphile', graphile.url, graphile.stack),
    ]);
  },
};
