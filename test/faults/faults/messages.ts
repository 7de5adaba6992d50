import { randomUUID } from 'node:crypto';
import { waitUntil } from '@meander/testing';
import { connect } from 'amqplib';
import type { Fault, Row } from '../fault.ts';
import { type Move, tryMove } from '../load/move.ts';
import { countLetters, listLetters, newLetters, readLetters } from '../world/letters.ts';
import { holdRelays } from './postgres.ts';

interface Message {
  routingKey: string;
  body: string;
  messageId: string;
}

/** Publishes by itself, as a program that nobody knows. */
export async function publish({ world: { broker } }: Row, messages: readonly Message[]): Promise<void> {
  const connection = await connect(broker.url);
  connection.on('error', () => {});
  const channel = await connection.createConfirmChannel();
  for (const { routingKey, body, messageId } of messages)
    channel.publish('meander.leads', routingKey, Buffer.from(body), { messageId, persistent: true });
  await channel.waitForConfirms();
  await connection.close();
}

interface Told {
  event_id: string;
  routing_key: string;
  event: object;
}

const asMessage = ({ event_id, routing_key, event }: Told): Message => ({
  routingKey: routing_key,
  body: JSON.stringify(event),
  messageId: event_id,
});

/** Events of the outbox, the newest first. */
export const eventsOf = ({ world: { database } }: Row, where: object, most: number): Promise<Told[]> =>
  database
    .db('messaging.outbox')
    .where(where)
    .orderBy('id', 'desc')
    .limit(most)
    .select('event_id', 'routing_key', 'event');

export const messageFaults: readonly Fault[] = [
  {
    name: 'messages-poison',
    what: 'Messages that nobody can read: broken JSON, no event, an unknown type, a newer version. All set aside.',
    cases: ['BRO-09'],
    async inject(row) {
      const { url } = row.world.broker;
      const before = await readLetters(url);
      const [told] = await eventsOf(row, { type: 'LeadCreated' }, 1);
      if (!told) throw new Error('nothing was booked');
      const altered = (change: object) => JSON.stringify({ ...told.event, id: randomUUID(), ...change });
      const messages = [
        '{"id":',
        '{"hello":"world"}',
        altered({ type: 'LeadVanished' }),
        altered({ dataschema: 'urn:meander:event:LeadCreated:2' }),
      ].map((body) => ({ routingKey: 'lead.created', body, messageId: randomUUID() }));
      await publish(row, messages);
      await waitUntil(
        'they are set aside',
        async () => (await countLetters(url)) >= before.length + messages.length,
      );
      const letters = newLetters(before, await readLetters(url));
      const of = (id: string) => letters.filter(({ messageId }) => messageId === id).length;
      row.expect(
        letters.length === messages.length && messages.every(({ messageId }) => of(messageId) === 1),
        `not ${messages.length} messages set aside once each: ${listLetters(letters)}`,
      );
      row.note(`${letters.length} dead letters`);
    },
  },
  {
    name: 'messages-thrice',
    what: 'Events come three times more, to four consumers at once: nothing happens twice.',
    cases: ['BRO-11'],
    async inject(row) {
      const { fleet } = row.world;
      const more = await Promise.all([fleet.add('notification'), fleet.add('notification')]);
      const told = await eventsOf(row, { type: 'LeadCreated' }, 20);
      await publish(
        row,
        told.flatMap((one) => Array.from({ length: 3 }, () => asMessage(one))),
      );
      await row.hold(1);
      for (const copy of more) await fleet.stop(copy);
      row.note(`${told.length} events`);
    },
  },
  {
    name: 'messages-reordered',
    what: 'The event of a move arrives before the one of the booking: one mail, and no status goes back.',
    cases: ['BRO-17'],
    async inject(row) {
      const { world, load, heal, expect } = row;
      const { db } = world.database;
      const relays = await holdRelays(world.database);
      heal(() => relays.release());
      const booking = await load.book();
      const move: Move = {
        row: booking.row,
        reference: String(booking.reference),
        moved: false,
        answers: [],
      };
      await tryMove(
        move,
        world.fleet.of('pipeline').map(({ url }) => url),
        world.secret,
      );
      const { id } = await db('leads').where({ email: booking.email }).first('id');
      const told = await eventsOf(row, { subject: id }, 2);
      expect(told.length === 2 && told[0]?.routing_key === 'lead.status_changed', 'not the two events');
      await publish(row, told.map(asMessage));
      await waitUntil('its mail is accepted', () =>
        world.smtp.accepted.some(({ to }) => to.includes(booking.email)),
      );
      const { status } = await db('leads').where({ id }).first('status');
      expect(status === 'contacted', `the lead went back to ${status}`);
    },
  },
  {
    name: 'outbox-backlog',
    what: 'Twenty thousand events wait in the outbox (a million in the long form): memory stays bounded.',
    async inject({ world: { database, fleet }, long, note, expect, time }) {
      const { db } = database;
      const events = long ? 1_000_000 : 20_000;
      const memory = () => Math.max(...fleet.all().map((copy) => copy.memory()));
      const before = memory();
      await db.raw(
        `INSERT INTO messaging.outbox (event_id, type, routing_key, subject, event)
         SELECT id, 'LeadErased', 'lead.erased', id, jsonb_build_object('specversion', '1.0', 'id', id,
           'type', 'LeadErased', 'source', '/meander/faults', 'subject', id, 'time', now(),
           'dataschema', 'urn:meander:event:LeadErased:1',
           'data', jsonb_build_object('erased_at', now(), 'erased_by', 'faults'))
         FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, ?)) AS made`,
        [events],
      );
      const began = performance.now();
      let most = before;
      await waitUntil(
        'the backlog is published',
        async () => {
          most = Math.max(most, memory());
          const { rows } = await db.raw(
            `SELECT FROM messaging.outbox WHERE published_at IS NULL AND type = 'LeadErased' LIMIT 1`,
          );
          return rows.length === 0;
        },
        long ? 900 : 90,
      );
      time(`${events} events published`, performance.now() - began);
      note(`memory ${before} → ${most} MiB`);
      expect(most < before + mostGrowth, `a copy grew from ${before} to ${most} MiB`);
    },
  },
];

/** What a copy may grow by under any backlog, in MiB: batches are bounded, so the length of it does not matter. */
const mostGrowth = 200;
