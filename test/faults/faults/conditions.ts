import { waitUntil } from '@meander/testing';
import type { Fault } from '../fault.ts';
import { relayLockHolder } from './postgres.ts';

const minute = 60_000;

export const conditionFaults: readonly Fault[] = [
  {
    name: 'loop-stalled',
    what: 'A copy of each service stands still for two seconds, as by a stalled event loop, and goes on.',
    answers: 'broken',
    async inject({ world: { fleet }, heal, hold }) {
      for (const name of ['intake', 'notification', 'pipeline'] as const) {
        const [copy] = fleet.of(name);
        if (!copy) continue;
        heal(() => copy.signal('SIGCONT'));
        copy.signal('SIGSTOP');
        await hold(2);
        copy.signal('SIGCONT');
      }
    },
  },
  {
    name: 'relay-stands-still',
    what: 'The process that relays stands still for good, and its connection with it: its lock must not stay behind.',
    answers: 'broken',
    async inject({ world: { fleet, database }, heal, time }) {
      const holder = await waitUntil('a relay is active', () => fleet.relayHolder());
      const before = await relayLockHolder(database.db);
      heal(() => holder.signal('SIGCONT'));
      holder.signal('SIGSTOP');
      const began = performance.now();
      await waitUntil(
        'another relay is active',
        async () => {
          const now = await relayLockHolder(database.db);
          return now !== undefined && now !== before;
        },
        30,
      );
      time('takeover from a process that stands still', performance.now() - began);
    },
  },
  {
    name: 'clock-moved',
    what: 'The clock of one intake is five minutes behind, that of one notification an hour ahead; the database’s counts.',
    cases: ['DBS-13'],
    async inject({ world: { fleet, database }, load, hold, expect }) {
      const moved = (milliseconds: number) => ({
        preload: ['./test/faults/preload/clock.ts'],
        env: { FAULT_CLOCK_MS: String(milliseconds) },
      });
      const [{ now: began }] = (await database.db.raw('SELECT clock_timestamp() AS now')).rows;
      const copies = await Promise.all([
        fleet.add('intake', moved(-5 * minute)),
        fleet.add('notification', moved(60 * minute)),
      ]);
      await Promise.all(Array.from({ length: 6 }, () => load.book()));
      await hold(2);
      for (const copy of copies) await fleet.stop(copy);
      const { rows } = await database.db.raw(
        `SELECT count(*)::int AS wrong FROM leads WHERE created_at > ? AND (created_at > updated_at
           OR confirmation_sent_at < created_at OR confirmation_sent_at > clock_timestamp()
           OR last_booked_at < created_at)`,
        [began],
      );
      expect(rows[0].wrong === 0, `${rows[0].wrong} leads with times that cannot be`);
    },
  },
  {
    name: 'telemetry-away',
    what: 'The collector of telemetry hangs, and then is away.',
    async inject({ world: { cables }, heal, hold }) {
      heal(() => cables.telemetry.plugIn());
      cables.telemetry.freeze();
      await hold(1.5);
      cables.telemetry.plugIn();
      cables.telemetry.pull();
      await hold(1.5);
    },
  },
];
