import { expect, test } from 'vitest';
import { Confirms } from './confirms.ts';

function record() {
  const sent: string[] = [];
  const confirms = new Confirms((name, tag, multiple) => sent.push(`${name} ${tag}${multiple ? '+' : ''}`));
  return { confirms, sent };
}

test('confirms together what was accepted in one turn', async () => {
  const { confirms, sent } = record();
  confirms.select();
  for (let count = 0; count < 3; count += 1) confirms.settle(true);
  expect(sent).toEqual([]);
  await new Promise(setImmediate);
  confirms.settle(true);
  await new Promise(setImmediate);
  expect(sent).toEqual(['BasicAck 3+', 'BasicAck 4']);
});

test('a nack neither takes others with it nor overtakes them', async () => {
  const { confirms, sent } = record();
  confirms.select();
  for (const accepted of [true, true, false, true]) confirms.settle(accepted);
  await new Promise(setImmediate);
  expect(sent).toEqual(['BasicAck 2+', 'BasicNack 3', 'BasicAck 4']);
});

test('says nothing on a channel that did not ask for confirms', async () => {
  const { confirms, sent } = record();
  confirms.settle(true);
  confirms.settle(false);
  await new Promise(setImmediate);
  expect(sent).toEqual([]);
});
