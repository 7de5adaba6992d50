import { setTimeout as delay } from 'node:timers/promises';
import { createKey, scopes } from '@meander/auth';
import { type ServiceName, serviceNames } from '@meander/local/service-process';
import type { Stack } from '@meander/testing';
import type { LoadCommands } from '../helpers/load.helper.ts';
import type { SinkCommands } from '../helpers/sink.helper.ts';
import type { Claim } from '../judge/judge.ts';
import type { Bench } from '../world/bench.ts';
import type { Helper } from '../world/helper.ts';
import { seedOutbox } from '../world/seed.ts';
import { type Service, stopService } from '../world/service.ts';
import { book, connections, intakeEnv, untilRelayed } from './bookings.ts';
import type { Section } from './section.ts';

type Services = Record<ServiceName, Service>;

const backlogOf = (short: boolean) => (short ? 50_000 : 1_000_000);
const claim = (what: string, of: string, target: number, floor: number): Claim => ({
  ...{ what, of },
  target: { atMost: target },
  floor: { atMost: floor },
});

/** One after the other, as nobody starts them at the same instant on one processor. */
async function startAll(bench: Bench, stack: Stack, smtpUrl: string): Promise<Services> {
  const intake = await bench.service('intake', stack, intakeEnv);
  const notification = await bench.service('notification', stack, { SMTP_URL: smtpUrl });
  const pipeline = await bench.service('pipeline', stack);
  return { intake, notification, pipeline };
}

/** The most that each service holds while the work lasts, in MiB. */
async function peaks(services: Services, work: Promise<unknown>): Promise<Record<ServiceName, number>> {
  const most = { intake: 0, notification: 0, pipeline: 0 };
  let over = false;
  const done = work.finally(() => {
    over = true;
  });
  while (!over) {
    for (const name of serviceNames) most[name] = Math.max(most[name], services[name].memory());
    await Promise.race([delay(50), done]);
  }
  await done;
  return most;
}

/** Books as fast as it goes, with the mails that follow, while sales reads as fast as it goes. */
async function fullLoad(
  { intake, pipeline }: Services,
  loads: readonly [Helper<LoadCommands>, Helper<LoadCommands>],
  seconds: number,
  { db }: Stack,
): Promise<void> {
  const expiresAt = new Date(Date.now() + 86_400_000);
  const { secret } = await createKey(db, { name: 'bench', scopes, expiresAt });
  const headers = { authorization: `Bearer ${secret}` };
  await Promise.all([
    book(loads[0], intake.url, { seconds }),
    loads[1].call('get', { url: pipeline.url, path: '/leads', headers, connections, seconds }),
  ]);
}

/** What the services take of the machine. */
export const memory: Section = {
  name: 'memory',
  what: 'resident memory at rest, at full load and with a long outbox; time from start to ready',
  claims: (short) =>
    serviceNames.flatMap((name) => [
      claim(`${name}, start to ready`, `${name} ready`, 2, 20),
      claim(`${name}, at rest`, `${name} rest`, 150, 160),
      claim(`${name}, at full load`, `${name} load`, 300, 500),
      claim(
        `${name}, ${backlogOf(short).toLocaleString('en')} events waiting`,
        `${name} backlog`,
        ...([300, 500] as const),
      ),
    ]),
  async measure(bench) {
    const { short } = bench;
    const loads = [bench.helper<LoadCommands>('load'), bench.helper<LoadCommands>('load')] as const;
    const smtpUrl = await bench.helper<SinkCommands>('sink').call('listen');
    const record = (moment: string, values: Record<ServiceName, number>) => {
      for (const name of serviceNames)
        if (values[name] > 0) bench.record(`${name} ${moment}`, 'MiB', values[name]);
        else bench.absent(`${name} ${moment}`, 'this system does not tell it');
    };

    for (let run = 0; run < (short ? 1 : bench.runs); run += 1) {
      const stack = await bench.stack();
      const services = await startAll(bench, stack, smtpUrl);
      for (const name of serviceNames) bench.record(`${name} ready`, 's', services[name].secondsToReady);
      record('rest', await peaks(services, delay(short ? 1_000 : 5_000)));
      record('load', await peaks(services, fullLoad(services, loads, short ? 3 : 30, stack)));
      for (const service of Object.values(services)) await stopService(service);
    }

    // What a sender process finds after an outage of the broker.
    const stack = await bench.stack();
    await seedOutbox(stack.db, backlogOf(short), 'LeadErased');
    const services = await startAll(bench, stack, smtpUrl);
    record('backlog', await peaks(services, untilRelayed(stack, 600)));
  },
};
