import { expect, test } from 'vitest';
import { until } from './contract/inbox.ts';
import { Rig } from './contract/rig.ts';
import { startBroker } from './index.ts';
import { frames, RawClient } from './raw-client.ts';

test('a client gets signs of life; one that gives none is dropped, one that does stays', async () => {
  const broker = await startBroker({ port: 0 });
  const rig = new Rig(broker.url);
  const alive = await rig.connect(`${broker.url}?heartbeat=1`);
  const silent = await RawClient.open(broker.port, { heartbeat: 1 });
  await until('a heartbeat', () => frames(silent.bytes).some(({ type }) => type === 8));
  // Dropped without a word: there is nobody to hear it.
  expect(await silent.closeCode()).toBeUndefined();
  await (await rig.channel(alive)).checkExchange('amq.topic');
  await rig.cleanUp();
  await broker.close();
});
