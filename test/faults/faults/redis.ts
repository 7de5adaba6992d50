import { waitUntil } from '@meander/testing';
import type { Fault, Row } from '../fault.ts';

/** Waits until Redis counts for every copy again: the limit is shared. */
async function untilShared({ world: { fleet } }: Row): Promise<void> {
  await waitUntil(
    'every copy of intake sees Redis',
    async () => {
      const states = await Promise.all(
        fleet
          .of('intake')
          .map(async ({ url }) => (await (await fetch(`${url}/readyz`)).text()).includes('"down"')),
      );
      return states.every((isDown) => !isDown);
    },
    20,
  );
}

export const redisFaults: readonly Fault[] = [
  {
    name: 'redis-down',
    what: 'Redis is killed and started again: each copy limits by itself meanwhile.',
    async inject({ world: { redis }, heal, hold }) {
      heal(() => redis.start());
      await redis.kill();
      await hold(2);
    },
    check: untilShared,
  },
  {
    name: 'redis-flushed',
    what: 'Redis forgets everything, the scripts as well.',
    async inject({ world: { redis }, hold }) {
      await redis.flush();
      await hold(1);
    },
  },
  {
    name: 'redis-frozen',
    what: 'Redis is frozen: no answer waits for it.',
    async inject({ world: { redis }, heal, hold }) {
      heal(() => redis.thaw());
      redis.freeze();
      await hold(3);
    },
    check: untilShared,
  },
];
