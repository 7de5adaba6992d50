import { freePort } from '@meander/testing';
import type { CollectorCommands } from '../helpers/collector.helper.ts';
import type { LoadCommands } from '../helpers/load.helper.ts';
import { interleave } from '../world/bench.ts';
import { book, intakeEnv, untilRelayed } from './bookings.ts';
import type { Section } from './section.ts';

const target = { atLeast: 0.8 };
const floor = { atLeast: 0.35 };

/** What telemetry costs: the same bookings without it, as it is shipped, and while its collector is away. */
export const telemetry: Section = {
  name: 'telemetry',
  what: 'bookings accepted with telemetry, and with its collector away, against without',
  claims: () => [
    { what: 'accepted without', of: 'off' },
    { what: 'accepted with, as shipped', of: 'on' },
    { what: 'accepted with the collector away', of: 'away' },
    { what: 'with / without', of: 'on', over: 'off', target, floor },
    { what: 'collector away / without', of: 'away', over: 'off', target, floor },
  ],
  async measure(bench) {
    const { short, runs } = bench;
    const seconds = short ? 1 : 10;
    const load = bench.helper<LoadCommands>('load');
    const collector = await bench.helper<CollectorCommands>('collector').call('listen');
    const endpoints = { off: undefined, on: collector, away: `http://127.0.0.1:${await freePort()}` };
    const started = await Promise.all(
      Object.entries(endpoints).map(async ([name, endpoint]) => {
        const stack = await bench.stack();
        const { url } = await bench.service('intake', stack, {
          ...intakeEnv,
          ...(endpoint && { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }),
        });
        const perSecond = async (time: number) => {
          const result = await book(load, url, { seconds: time });
          await untilRelayed(stack);
          return result.perSecond;
        };
        return { name, perSecond };
      }),
    );
    for (const { perSecond } of started) await perSecond(short ? 1 : 5);
    await interleave(
      runs,
      started.map(
        ({ name, perSecond }) =>
          async () =>
            bench.record(name, '/s', await perSecond(seconds)),
      ),
    );
  },
};
