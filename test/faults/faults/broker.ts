import { waitUntil } from '@meander/testing';
import { type ChannelModel, connect } from 'amqplib';
import type { Fault, Row } from '../fault.ts';
import { takesConnections } from '../world/broker.ts';
import type { Copy } from '../world/copy.ts';
import { observedQueue } from '../world/observer.ts';
import { runProgram } from '../world/program.ts';
import type { World } from '../world/world.ts';

const confirmQueue = 'notification:lead:confirm';

/** What a copy's readiness says of the broker. */
async function brokerCheck({ url }: Copy): Promise<string> {
  const { checks } = (await (await fetch(`${url}/readyz`)).json()) as { checks: { broker: string } };
  return checks.broker;
}

/** Measures from the broker's first answer until every copy is connected again. */
async function timeReconnect({ world: { broker, fleet }, time }: Row): Promise<void> {
  await waitUntil('RabbitMQ takes connections', () => takesConnections(broker.url), 60);
  const back = performance.now();
  await waitUntil(
    'every copy is connected',
    async () => {
      const states = await Promise.all(fleet.all().map(brokerCheck));
      return states.every((state) => state === 'up');
    },
    40,
  );
  time('reconnected', performance.now() - back, 5_000);
}

/** Does something to the broker as its administrator. */
async function administer(url: string, work: (connection: ChannelModel) => Promise<unknown>): Promise<void> {
  const connection = await connect(url);
  connection.on('error', () => {});
  await work(connection);
  await connection.close();
}

/**
 * Makes the events that never arrived ten minutes old, so that the sweep finds them at its next look: waiting for as
 * long is no part of a run.
 */
async function ageLostEvents({ world: { database } }: Row): Promise<void> {
  await database.db.raw(`
    UPDATE messaging.outbox SET created_at = created_at - interval '11 minutes'
    WHERE published_at IS NOT NULL AND event_id NOT IN (SELECT event_id FROM messaging.inbox)
      AND type IN ('LeadCreated', 'LeadRebooked', 'LeadStatusChanged')`);
}

/** Publishes to one queue what was committed since then, by the command of the product. Tells what that says. */
function replayTo(queue: string, since: Date, { broker, database }: World): Promise<string> {
  const span = ['--from', since.toISOString(), '--to', new Date().toISOString()];
  return runProgram(
    [process.execPath, 'packages/messaging/src/outbox.cli.ts', 'replay', ...span, '--queue', queue],
    { PATH: process.env.PATH ?? '', DATABASE_URL: database.url, AMQP_URL: broker.url },
  );
}

/** Books, and tells whether its mail comes within three seconds. */
async function isMailedSoon({ world: { smtp }, load }: Row): Promise<boolean> {
  const { email } = await load.book();
  const arrived = () => smtp.accepted.some(({ to }) => to.includes(email));
  return waitUntil('its mail is accepted', arrived, 3).catch(() => false);
}

export const brokerFaults: readonly Fault[] = [
  {
    name: 'broker-killed',
    what: 'RabbitMQ is killed (SIGKILL) and started again; confirmed messages are on its disk.',
    cases: ['BRO-03'],
    async inject(row) {
      await row.world.broker.kill();
      await row.world.broker.start();
      await timeReconnect(row);
    },
  },
  {
    name: 'broker-down',
    what: 'RabbitMQ is down for a while (a minute in the long form); bookings are taken all the same.',
    cases: ['BRO-01'],
    async inject(row) {
      await row.world.broker.kill();
      await row.hold(row.long ? 15 : 5);
      await row.world.broker.start();
      await timeReconnect(row);
    },
  },
  {
    name: 'broker-closes-connections',
    what: 'The broker closes all connections.',
    cases: ['BRO-03'],
    async inject(row) {
      await row.world.broker.ctl('close_all_connections', 'fault');
      await timeReconnect(row);
    },
  },
  {
    name: 'broker-closes-channels',
    what: 'The exchange is deleted, so that the next publish closes its channel; the services declare it again.',
    cases: ['BRO-05'],
    async inject({ world, hold, note }) {
      const { broker, observer } = world;
      const since = new Date();
      await administer(broker.url, async (connection) => {
        const channel = await connection.createChannel();
        await channel.deleteExchange('meander.leads');
      });
      await hold(2);
      // Bindings go with an exchange: the independent consumer has to bind its queue again, as any would, and has what
      // it missed from the outbox.
      await broker.ctl('close_all_connections', 'fault');
      await waitUntil('the independent consumer has lost its connection', () => !observer.up());
      await waitUntil('the independent consumer is bound again', () => observer.up());
      note(await replayTo(observedQueue, since, world));
    },
  },
  {
    name: 'queue-deleted',
    what: 'The queue of notification is deleted with all that is in it; what was lost there is read from the outbox.',
    async inject(row) {
      await administer(row.world.broker.url, async (connection) => {
        const channel = await connection.createChannel();
        await channel.deleteQueue(confirmQueue);
      });
      await row.hold(1);
    },
    check: ageLostEvents,
  },
  {
    name: 'queue-unbound',
    what: 'The queue is unbound while others are bound: it is bound again, and what went by is read from the outbox.',
    cases: ['BRO-13'],
    async inject(row) {
      await administer(row.world.broker.url, async (connection) => {
        const channel = await connection.createChannel();
        for (const key of ['lead.created', 'lead.rebooked'])
          await channel.unbindQueue(confirmQueue, 'meander.leads', key);
      });
      const unbound = performance.now();
      await waitUntil('a later booking has its mail', () => isMailedSoon(row), 40);
      row.time('bound again after', performance.now() - unbound);
    },
    check: ageLostEvents,
  },
  {
    name: 'broker-alarm',
    what: 'A memory alarm: the broker takes nothing, and says so; bookings are taken, readiness shows it.',
    cases: ['BRO-07'],
    async inject({ world: { broker, fleet }, heal, hold }) {
      const threshold = (value: string) => broker.ctl('set_vm_memory_high_watermark', value);
      heal(async () => void (await threshold('0.4')));
      await threshold('0.00001');
      // The broker tells those alone that publish: the active relay.
      await waitUntil('the readiness of the one that relays shows it', async () => {
        const states = await Promise.all(fleet.all().map(brokerCheck));
        return states.includes('down');
      });
      await hold(3);
    },
  },
  {
    name: 'broker-frozen',
    what: 'RabbitMQ is frozen (SIGSTOP): connections stand, nothing is answered.',
    async inject({ world: { broker }, heal, hold }) {
      heal(() => broker.thaw());
      broker.freeze();
      await hold(7);
    },
  },
  {
    name: 'broker-line-cut',
    what: 'The line to the broker is cut, again and again.',
    async inject({ world: { cables }, hold }) {
      for (let time = 0; time < 3; time += 1) {
        cables.broker.cut();
        await hold(0.7);
      }
    },
  },
  {
    name: 'broker-line-half-open',
    what: 'Every connection to the broker is dead, and neither end knows; the heartbeat finds out.',
    async inject(row) {
      row.world.cables.broker.loseTrack();
      await waitUntil(
        'the dead connections are given up',
        () => row.world.fleet.all().every(({ lines }) => lines.some((line) => line.includes('broker away'))),
        40,
      );
      await timeReconnect(row);
    },
  },
  {
    name: 'broker-line-slow',
    what: 'The line to the broker is slow (100 ms a piece), and cuts what it carries into pieces of 7 octets.',
    async inject({ world: { cables }, heal, hold }) {
      heal(() => cables.broker.plugIn());
      cables.broker.slow(100);
      await hold(2);
      cables.broker.plugIn();
      cables.broker.slice(7);
      await hold(2);
    },
  },
];
