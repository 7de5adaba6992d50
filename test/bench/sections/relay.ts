import { exchanges, queues } from '@meander/messaging';
import type { Stack } from '@meander/testing';
import type { PublishCommands } from '../helpers/publish.helper.ts';
import { interleave } from '../world/bench.ts';
import { seedOutbox } from '../world/seed.ts';
import { untilRelayed } from './bookings.ts';
import type { Section } from './section.ts';

/** How many events the relay reads at once; the first such batch only starts the clock. */
const batch = 500;

/** Events a second, by the database's clock, from the end of the first batch to the end of the last. */
async function relayedPerSecond({ db }: Stack, since: number): Promise<{ last: number; rate: number }> {
  const { rows } = await db.raw<{ rows: { last: number; rate: number }[] }>(
    `WITH relayed AS (
       SELECT id, published_at, row_number() OVER (ORDER BY id) AS place FROM messaging.outbox WHERE id > :since)
     SELECT max(id)::int AS last, ((count(*) - :batch)
       / extract(epoch FROM max(published_at) - max(published_at) FILTER (WHERE place <= :batch)))::float8 AS rate
     FROM relayed`,
    { since, batch },
  );
  const [row] = rows;
  if (!row) throw new Error('nothing was relayed');
  return row;
}

/** How fast a backlog in the outbox reaches the broker. */
export const relay: Section = {
  name: 'relay',
  what: 'a backlog of the outbox relayed, against the same messages published with confirms',
  claims: () => [
    { what: 'events relayed', of: 'relay' },
    { what: 'published with confirms, 100 under way', of: 'publisher' },
    {
      what: 'relayed / published',
      ...{ of: 'relay', over: 'publisher' },
      target: { atLeast: 0.6 },
      floor: { atLeast: 0.15 },
    },
  ],
  async measure(bench) {
    const count = bench.short ? 4_000 : 20_000;
    const stack = await bench.stack();
    const { db, namePrefix } = stack;
    await bench.service('intake', stack);
    const publisher = bench.helper<PublishCommands>('publish');
    await publisher.call('connect', { url: stack.amqpUrl });
    const queue = `${namePrefix}${queues.confirmLead.name}`;
    let last = 0;
    const relayAll = async (events: number) => {
      await seedOutbox(db, events, 'LeadCreated');
      await untilRelayed(stack, 120);
      const relayed = await relayedPerSecond(stack, last);
      last = relayed.last;
      await publisher.call('purge', { queue });
      return relayed.rate;
    };
    await relayAll(2 * batch);
    const { rows } = await db.raw(
      'SELECT avg(octet_length(event::text))::int AS octets FROM messaging.outbox',
    );
    const publishAll = async (messages: number) => {
      const rate = await publisher.call('publish', {
        exchange: `${namePrefix}${exchanges.leads}`,
        routingKey: 'lead.created',
        count: messages,
        octets: rows[0].octets,
      });
      await publisher.call('purge', { queue });
      return rate;
    };
    await publishAll(2 * batch);
    await interleave(bench.runs, [
      async () => bench.record('relay', '/s', await relayAll(count)),
      async () => bench.record('publisher', '/s', await publishAll(count)),
    ]);
  },
};
