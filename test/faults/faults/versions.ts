import type { Fault } from '../fault.ts';
import { findOlderVersion, layOut } from '../older-version.ts';

const services = ['intake', 'notification', 'pipeline'] as const;

export const versionFaults: readonly Fault[] = [
  {
    name: 'two-versions',
    what: 'The code as it was before the newest migration runs beside that of today, on the schema of today.',
    impossible: (_world, { old }) =>
      findOlderVersion(old) ? undefined : 'there is no history here that goes back to an older version',
    async inject({ world: { fleet, folder }, load, old, hold, note, heal }) {
      const commit = findOlderVersion(old) ?? '';
      const checkout = layOut(commit, folder);
      const older = await Promise.all(services.map((name) => fleet.add(name, { checkout })));
      heal(async () => void (await Promise.all(older.map((copy) => copy.running() && fleet.stop(copy)))));
      // One of each: whatever is asked, consumed and relayed falls to either version.
      for (const name of services) {
        const today = fleet.of(name).filter((copy) => !older.includes(copy));
        for (const copy of today.slice(1)) await fleet.stop(copy);
      }
      await Promise.all(Array.from({ length: 6 }, () => load.book()));
      await hold(4);
      // The rolling over: the older ones go, one after the other.
      for (const copy of older) await fleet.stop(copy);
      note(`with ${commit.slice(0, 7)}`);
    },
  },
];
