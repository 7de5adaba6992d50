import { randomUUID } from 'node:crypto';
import type { Stack } from '@meander/testing';
import type { PoolCommands } from '../helpers/pool.helper.ts';
import type { SinkCommands } from '../helpers/sink.helper.ts';
import { type Bench, interleave } from '../world/bench.ts';
import type { Helper } from '../world/helper.ts';
import { readSample } from '../world/sample-mail.ts';
import { seedDeliveries } from '../world/seed.ts';
import { concurrency } from './rival.ts';
import type { Section } from './section.ts';

/** How long a backlog may take, in seconds. */
const patience = 120;

/** A sender that has as many connections as what it is compared with. */
export const startSender = (bench: Bench, stack: Stack, smtpUrl: string) =>
  bench.service('notification', stack, { SMTP_URL: smtpUrl, SMTP_CONNECTIONS: String(concurrency) });

/** Waits for so many mails, and tells how many a second came from the first to the last. @throws where some do not come */
export async function drained(sink: Helper<SinkCommands>, count: number): Promise<number> {
  const came = await sink.call('untilCount', { count, seconds: patience });
  if (came < count) throw new Error(`${came} of ${count} mails came within ${patience} s`);
  return sink.call('rate');
}

/** Processes of notification that share one database with nothing else. */
async function senders(bench: Bench, copies: number, url: string) {
  const stack = await bench.stack();
  for (let copy = 0; copy < copies; copy += 1) await startSender(bench, stack, url);
  return (count: number) => seedDeliveries(stack.db, count, `m${randomUUID().slice(0, 8)}`);
}

/** How fast a backlog of mails goes out, ledger and all. */
export const drain: Section = {
  name: 'drain',
  what: 'a backlog of mails into a fast SMTP sink, against nodemailer’s own pool',
  claims: () => [
    { what: 'one sender process', of: 'one' },
    { what: 'two sender processes', of: 'two' },
    { what: `nodemailer’s pool, ${concurrency} connections`, of: 'pool' },
    {
      what: 'one sender / pool',
      ...{ of: 'one', over: 'pool' },
      target: { atLeast: 0.75 },
      floor: { atLeast: 0.15 },
    },
    { what: 'two senders / one', of: 'two', over: 'one', floor: { atLeast: 0.4 } },
  ],
  async measure(bench) {
    const count = bench.short ? 300 : 5_000;
    const sink = bench.helper<SinkCommands>('sink');
    const pool = bench.helper<PoolCommands>('pool');
    const url = await sink.call('listen');
    const [one, two] = await Promise.all([senders(bench, 1, url), senders(bench, 2, url)]);
    const measure = async (mails: number, begin: (count: number) => Promise<unknown>) => {
      await sink.call('reset');
      const [rate] = await Promise.all([drained(sink, mails), begin(mails)]);
      return rate;
    };
    const warm = 100;
    await measure(warm, one);
    await measure(warm, two);
    const mail = await readSample(sink);
    const send = (mails: number) => pool.call('send', { url, count: mails, connections: concurrency, mail });
    await measure(warm, send);
    await interleave(bench.runs, [
      async () => bench.record('one', '/s', await measure(count, one)),
      async () => bench.record('pool', '/s', await measure(count, send)),
      async () => bench.record('two', '/s', await measure(count, two)),
    ]);
  },
};
