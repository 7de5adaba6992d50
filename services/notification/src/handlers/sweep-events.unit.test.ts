import { createEvent, type LeadEvent } from '@meander/lead';
import { mostDeaths } from '@meander/messaging';
import { createLogger } from '@meander/runtime';
import { waitUntil } from '@meander/testing';
import { expect, it } from 'vitest';
import { createSweep } from './sweep-events.ts';

const eventOf = (n: number): LeadEvent =>
  createEvent('LeadErased', {
    id: `01912345-6789-7abc-8def-00000000000${n}`,
    time: new Date(0),
    source: 'pipeline',
    leadId: '01912345-6789-7abc-8def-0123456789ac',
    data: { erased_at: '2027-01-01T00:00:00Z', erased_by: 'key:x' },
  });

/** Attempts that are remembered here alone; `deaths` of earlier processes are among them. */
function rememberAttempts(deaths: Record<string, number> = {}) {
  const begun = new Map(Object.entries(deaths));
  const givenUp: string[] = [];
  const count = (id: string) => begun.get(id) ?? 0;
  return {
    begun,
    givenUp,
    attempts: {
      begun: async (id: string) => count(id),
      async begin(id: string) {
        begun.set(id, count(id) + 1);
        return count(id);
      },
      async end(id: string, { handled }: { handled: boolean }) {
        if (handled) begun.delete(id);
        else begun.set(id, count(id) - 1);
      },
      giveUp: async (id: string) => void givenUp.push(id),
    },
  };
}

it('heals the others when one event cannot be handled, goes on while there are more, and then rests', async () => {
  const left = [eventOf(1), eventOf(2), eventOf(3), eventOf(4)];
  const handled: string[] = [];
  let sweeps = 0;
  const { attempts, begun } = rememberAttempts();
  const sweep = createSweep({
    attempts,
    lostEvents: {
      async sweep(heal) {
        sweeps += 1;
        let healed = 0;
        for (const event of left.slice(0, 3)) {
          if (!(await heal({ event, trace: {} }))) continue;
          left.splice(left.indexOf(event), 1);
          healed += 1;
        }
        return healed;
      },
    },
    handle: async (event) => {
      if (event.id === eventOf(2).id) throw new Error('cannot be handled');
      handled.push(event.id);
    },
    logger: createLogger('test', 'silent'),
  });
  await sweep.start();
  await waitUntil('all but one are healed', () => handled.length === 3);
  await sweep.stop();
  expect(handled).toEqual([eventOf(1).id, eventOf(3).id, eventOf(4).id]);
  expect(sweeps).toBeLessThanOrEqual(3);
  expect([...begun]).toEqual([[eventOf(2).id, 0]]);
});

it('leaves an event alone that ended process after process, and heals its neighbours', async () => {
  const [killer, innocent] = [eventOf(1), eventOf(2)];
  const { attempts, givenUp } = rememberAttempts({ [killer.id]: mostDeaths - 1, [innocent.id]: 1 });
  const handled: string[] = [];
  const sweep = createSweep({
    attempts,
    lostEvents: {
      async sweep(heal) {
        for (const event of [killer, innocent]) await heal({ event, trace: {} });
        return 0;
      },
    },
    handle: async ({ id }) => void handled.push(id),
    logger: createLogger('test', 'silent'),
  });
  await sweep.start();
  await waitUntil('the innocent one is healed', () => handled.length === 1);
  await sweep.stop();
  expect([handled, givenUp]).toEqual([[innocent.id], [killer.id]]);
});
