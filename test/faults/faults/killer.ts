import { randomUUID } from 'node:crypto';
import { waitUntil } from '@meander/testing';
import { connect } from 'amqplib';
import type { Fault, Row } from '../fault.ts';
import type { Copy } from '../world/copy.ts';
import { deadLetters, eventsOf, publish } from './messages.ts';
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

/** Takes the dead letter of one message out of the queue, and puts all others back. */
async function takeLetter(
  { world: { broker } }: Row,
  id: string,
): Promise<Record<string, unknown> | undefined> {
  const connection = await connect(broker.url);
  connection.on('error', () => {});
  const channel = await connection.createChannel();
  try {
    for (
      let message = await channel.get('meander.dead');
      message;
      message = await channel.get('meander.dead')
    ) {
      if (message.properties.messageId !== id) continue;
      channel.ack(message);
      return message.properties.headers;
    }
    return undefined;
  } finally {
    await channel.close();
    await connection.close();
  }
}

export const killerFaults: readonly Fault[] = [
  {
    name: 'killer-message',
    what: 'A message ends every process that reads it. After five deaths it is a dead letter, and it alone.',
    async inject(row) {
      const { fleet } = row.world;
      const [told] = await eventsOf(row, { type: 'LeadCreated' }, 1);
      if (!told) throw new Error('nothing was booked');
      const before = await deadLetters(row);
      const word = `killer-${randomUUID()}`;
      const id = randomUUID();
      const body = JSON.stringify({ ...told.event, id, source: `/meander/${word}` });
      const immortals = fleet.of('notification');
      const mortals = await startMortals(row, word);
      row.heal(() => mortals.stop());
      for (const copy of immortals) await fleet.stop(copy);
      await publish(row, [{ routingKey: 'lead.created', body, messageId: id }]);
      const headers = await waitUntil('it is a dead letter', () => takeLetter(row, id), 60);
      row.expect(headers['x-dead-reason'] === 'consumer-died', `set aside as ${headers['x-dead-reason']}`);
      row.expect(mortals.deaths() <= mostDeaths, `${mortals.deaths()} deaths`);
      row.allowCopies(mortals.deaths() * mailsInHand);
      row.note(`${mortals.deaths()} deaths`);
      const others = (await deadLetters(row)) - before;
      row.expect(others === 0, `${others} innocent messages are dead letters`);
    },
  },
];
