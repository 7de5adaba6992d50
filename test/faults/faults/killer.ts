import { randomUUID } from 'node:crypto';
import { waitUntil } from '@meander/testing';
import type { Fault, Row } from '../fault.ts';
import type { Copy } from '../world/copy.ts';
import { countLetters, listLetters, newLetters, readLetters } from '../world/letters.ts';
import { eventsOf, publish } from './messages.ts';
import { mailsInHand } from './processes.ts';

/** As packages/messaging has it. */
const mostDeaths = 5;

/** Copies of notification that a message can kill, and a supervisor that replaces each at once. */
async function startMortals({ world: { fleet } }: Row, word: string) {
  const mortal = {
    preload: ['./test/faults/preload/killer.ts'],
    env: { FAULT_KILLER: word },
    // It may die before it is ready.
    untilReady: false,
  };
  const copies = new Set<Copy>();
  let deaths = 0;
  let stopped = false;
  const supervise = async () => {
    while (!stopped) {
      const copy = await fleet.add('notification', mortal).catch(() => undefined);
      if (copy) {
        // Its end is no surprise.
        copy.wanted = false;
        copies.add(copy);
        if (stopped) await fleet.stop(copy);
        await copy.exited;
        copies.delete(copy);
      }
      if (!stopped) deaths += 1;
    }
  };
  const supervisors = [supervise(), supervise()];
  await waitUntil('both run', () => copies.size === supervisors.length, 60);
  return {
    deaths: () => deaths,
    async stop() {
      stopped = true;
      await Promise.all([...copies].map((copy) => fleet.stop(copy)));
      await Promise.all(supervisors);
    },
  };
}

export const killerFaults: readonly Fault[] = [
  {
    name: 'killer-message',
    what: 'A message ends every process that reads it. After five deaths it is a dead letter, and it alone.',
    async inject(row) {
      const { fleet, broker } = row.world;
      const [told] = await eventsOf(row, { type: 'LeadCreated' }, 1);
      if (!told) throw new Error('nothing was booked');
      const before = await readLetters(broker.url);
      const word = `killer-${randomUUID()}`;
      const id = randomUUID();
      const body = JSON.stringify({ ...told.event, id, source: `/meander/${word}` });
      const immortals = fleet.of('notification');
      const mortals = await startMortals(row, word);
      row.heal(() => mortals.stop());
      for (const copy of immortals) await fleet.stop(copy);
      await publish(row, [{ routingKey: 'lead.created', body, messageId: id }]);
      await waitUntil(
        'there is one more dead letter',
        async () => (await countLetters(broker.url)) > before.length,
        120,
      );
      const letters = newLetters(before, await readLetters(broker.url));
      const alone =
        letters.length === 1 && letters[0]?.messageId === id && letters[0].reason === 'consumer-died';
      row.expect(alone, `dead letters besides or instead of ${id} (consumer-died): ${listLetters(letters)}`);
      row.expect(mortals.deaths() <= mostDeaths, `${mortals.deaths()} deaths`);
      row.allowCopies(mortals.deaths() * mailsInHand);
      row.note(`${mortals.deaths()} deaths`);
    },
  },
];
