import { createLogger } from '@meander/runtime';
import { type Cable, createStack, layCable, type Stack, waitUntil } from '@meander/testing';
import { afterAll, beforeAll, it } from 'vitest';
import { type BrokerConnection, openConnection } from './connection.ts';

let stack: Stack;
let cable: Cable;
let connection: BrokerConnection;

beforeAll(async () => {
  stack = await createStack();
  cable = await layCable(stack.amqpUrl);
  connection = await openConnection({
    url: cable.url,
    name: 'test',
    logger: createLogger('test', 'silent'),
  });
  await waitUntil('it is up', () => connection.state() === 'up');
});
afterAll(async () => {
  cable.plugIn();
  await connection.close();
  await cable.remove();
  await stack.drop();
});

/** Within which readiness has to follow a neighbour, in seconds (OBS-11). */
const deadline = 15;

it('does not count as up for long while the broker stands still, and comes back with it', async () => {
  cable.freeze();
  await waitUntil('it counts as down', () => connection.state() === 'down', deadline);
  cable.plugIn();
  await waitUntil('it is up again', () => connection.state() === 'up', deadline);
});
