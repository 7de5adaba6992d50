import type { ServiceName } from '@meander/local/service-process';
import { waitUntil } from '@meander/testing';
import type { Fault, Row } from '../fault.ts';
import type { Copy } from '../world/copy.ts';
import { relayLockHolder } from './postgres.ts';

/** What one sender has in hand at once, as services/notification sets it: so many mails may a kill send twice. */
export const mailsInHand = 8;

const kills = { bounded: 3, long: 20 };

/** Kills one copy after the other at random moments; each is replaced first, so that it never stands alone. */
async function killAgainAndAgain(
  { world: { fleet }, long, hold, note }: Row,
  name: ServiceName,
  each: (copy: Copy) => Promise<void> = (copy) => fleet.kill(copy),
): Promise<void> {
  const times = long ? kills.long : kills.bounded;
  for (let time = 0; time < times; time += 1) {
    await hold(Math.random() * 0.4);
    const [victim] = fleet.of(name);
    if (victim) await each(victim);
    await fleet.add(name);
  }
  note(`${times} kills`);
}

/** A copy whose relay is active, and how long after its end another one is. */
async function killRelayHolder({ world, time }: Row): Promise<void> {
  const { db } = world.database;
  const holder = await waitUntil('a relay is active', () => world.fleet.relayHolder());
  const before = await relayLockHolder(db);
  await world.fleet.kill(holder);
  const died = performance.now();
  await waitUntil('another relay is active', async () => {
    const now = await relayLockHolder(db);
    return now !== undefined && now !== before;
  });
  time('takeover', performance.now() - died, 1_000);
}

export const processFaults: readonly Fault[] = [
  {
    name: 'calm',
    what: 'Nothing. What this machine takes for an answer by itself.',
    inject: ({ hold }) => hold(3),
  },
  {
    name: 'kill-intake',
    what: 'A copy of intake is killed (SIGKILL), again and again, at random moments.',
    answers: 'broken',
    inject: (row) => killAgainAndAgain(row, 'intake'),
  },
  {
    name: 'kill-relay',
    what: 'The process that relays is killed, again and again; another takes over within a second.',
    answers: 'broken',
    async inject(row) {
      for (let time = 0; time < (row.long ? kills.long : kills.bounded); time += 1) {
        await row.hold(Math.random() * 0.3);
        await killRelayHolder(row);
        await row.world.fullStrength();
      }
      row.allowCopies((row.long ? kills.long : kills.bounded) * mailsInHand);
    },
  },
  {
    name: 'kill-notification',
    what: 'A copy of notification is killed, again and again: few mails go out twice, under one Message-ID.',
    cases: ['SMT-17'],
    async inject(row) {
      const { smtp } = row.world;
      // A mail takes a while, so that a kill finds some between the server’s 250 and the commit.
      row.heal(() => {
        smtp.act = () => undefined;
      });
      smtp.act = async (stage) => {
        if (stage === 'message') await new Promise((resolve) => setTimeout(resolve, 50));
        return undefined;
      };
      await killAgainAndAgain(row, 'notification');
      row.allowCopies((row.long ? kills.long : kills.bounded) * mailsInHand);
    },
  },
  {
    name: 'kill-pipeline',
    what: 'A copy of pipeline is killed, again and again, while sales moves leads.',
    inject: (row) => killAgainAndAgain(row, 'pipeline'),
  },
  {
    name: 'stop-under-load',
    what: 'One copy of each service gets SIGTERM under load: no request fails, and it is gone within 10 s.',
    cases: ['BRO-15'],
    async inject({ world: { fleet }, time, expect, hold }) {
      for (const name of ['intake', 'notification', 'pipeline'] as const) {
        const [leaving] = fleet.of(name);
        if (!leaving) continue;
        const { code, milliseconds } = await fleet.stop(leaving);
        time(`${name} stopped in`, milliseconds, 10_000);
        expect(code === 0, `${name} ended with exit code ${code}`);
        await hold(0.3);
      }
    },
  },
];
