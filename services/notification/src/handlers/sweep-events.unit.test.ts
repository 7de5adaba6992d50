import { createEvent, type LeadEvent } from '@meander/lead';
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

it('heals the others when one event cannot be handled, goes on while there are more, and then rests', async () => {
  const left = [eventOf(1), eventOf(2), eventOf(3), eventOf(4)];
  const handled: string[] = [];
  let sweeps = 0;
  const sweep = createSweep({
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
});
