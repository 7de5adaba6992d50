import type { BareCommands } from '../helpers/bare.helper.ts';
import type { LoadCommands } from '../helpers/load.helper.ts';
import { interleave } from '../world/bench.ts';
import { findPgbench } from '../world/pgbench.ts';
import { book, intakeEnv, untilRelayed } from './bookings.ts';
import type { Section } from './section.ts';

const pgbenchClients = 8;

/** How fast bookings are taken in: limiter, validation, idempotency, submission and outbox, to the answer. */
export const accepted: Section = {
  name: 'accepted',
  what: 'bookings accepted, against the same transaction by pgbench and a bare Express handler',
  claims: () => [
    { what: 'accepted, 32 connections', of: 'intake' },
    { what: 'p50', of: 'intake p50' },
    { what: 'p99', of: 'intake p99' },
    { what: 'p50 of a lone connection', of: 'intake alone p50' },
    { what: 'pgbench, three statements, 8 clients', of: 'pgbench' },
    { what: 'bare Express, 32 connections', of: 'express' },
    { what: 'bare p99', of: 'express p99' },
    {
      what: 'accepted / pgbench',
      ...{ of: 'intake', over: 'pgbench' },
      target: { atLeast: 2 },
      floor: { atLeast: 0.2 },
    },
    {
      what: 'accepted / bare Express',
      ...{ of: 'intake', over: 'express' },
      target: { atLeast: 0.3 },
      floor: { atLeast: 0.05 },
    },
    {
      what: 'p99 / bare p99',
      ...{ of: 'intake p99', over: 'express p99' },
      target: { atMost: 2 },
    },
  ],
  async measure(bench) {
    const { short, runs } = bench;
    const seconds = short ? 1 : 10;
    const [stack, other] = [await bench.stack(), await bench.stack()];
    const load = bench.helper<LoadCommands>('load');
    const bare = bench.helper<BareCommands>('bare');
    const express = await bare.call('listen');
    const { url } = await bench.service('intake', stack, intakeEnv);
    const pgbench = await findPgbench();
    if (!pgbench)
      bench.absent('pgbench', 'pgbench is not installed: it comes with PostgreSQL’s server package');
    const stop = new AbortController();
    bench.until(stop, () => stop.abort());

    for (const target of [url, express]) await book(load, target, { seconds: short ? 1 : 5 });
    await untilRelayed(stack);
    await interleave(runs, [
      async () => {
        const { perSecond, p50, p99 } = await book(load, url, { seconds });
        bench.record('intake', '/s', perSecond);
        bench.record('intake p50', 'ms', p50);
        bench.record('intake p99', 'ms', p99);
        await untilRelayed(stack);
      },
      async () => {
        const { perSecond, p99 } = await book(load, express, { seconds });
        bench.record('express', '/s', perSecond);
        bench.record('express p99', 'ms', p99);
      },
      async () => {
        const rate = await pgbench?.run(other.databaseUrl, {
          clients: pgbenchClients,
          seconds,
          stop: stop.signal,
        });
        if (rate !== undefined) bench.record('pgbench', '/s', rate);
      },
      async () => {
        const { p50 } = await book(load, url, { seconds }, 1);
        bench.record('intake alone p50', 'ms', p50);
        await untilRelayed(stack);
      },
    ]);
  },
};
