import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from './contract/inbox.ts';
import { Rig } from './contract/rig.ts';
import { type Broker, startBroker } from './index.ts';
import { frames, RawClient } from './raw-client.ts';

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker({ port: 0 });
});
afterAll(async () => broker.close());

test('a client gets signs of life, and is dropped when it gives none', async () => {
  const client = await RawClient.open(broker.port, { heartbeat: 1 });
  await until('a heartbeat', () => frames(client.bytes).some(({ type }) => type === 8));
  // Dropped without a word: there is nobody to hear it.
  expect(await client.closeCode()).toBeUndefined();
});

test('a client that asked for heartbeats and answers them stays', async () => {
  const rig = new Rig(broker.url);
  const alive = await rig.connect(`${broker.url}?heartbeat=1`);
  const silent = await RawClient.open(broker.port, { heartbeat: 1 });
  await until('the silent one is dropped', () => silent.closed);
  await (await rig.channel(alive)).checkExchange('amq.topic');
  await rig.cleanUp();
});
