import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMicroBatches } from './micro-batches.ts';

interface Item {
  name: string;
  keys: string[];
}

/** Batches that stay on their way until the test ends them. */
function startBatches({ mostInFlight = 2, mostItems = 3, apart = 0 } = {}) {
  const sent: { names: string[]; end: () => void; fail: (error: Error) => void }[] = [];
  const batches = createMicroBatches<Item, string>({
    mostInFlight,
    mostItems,
    apart,
    keysOf: ({ keys }) => keys,
    run: (items) =>
      new Promise((resolve, reject) => {
        const names = items.map(({ name }) => name);
        sent.push({ names, end: () => resolve(names.map((name) => `did ${name}`)), fail: reject });
      }),
  });
  const add = (name: string, ...keys: string[]) => batches.add({ name, keys: [name, ...keys] });
  return { add, sent, names: () => sent.map(({ names }) => names) };
}

describe('a micro-batch', () => {
  it('goes at once with what arrived in the same turn; the rest goes with the next', async () => {
    const { add, sent, names } = startBatches();
    const answers = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => add(name));
    await turn();
    expect(names()).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
    ]);
    sent[1]?.end();
    expect(await answers[4]).toBe('did e');
    await turn();
    expect(names().at(-1)).toEqual(['g', 'h']);
    for (const { end } of sent) end();
    expect(await Promise.all(answers)).toHaveLength(8);
  });

  it('lets a lone item wait for nobody', async () => {
    const { add, sent, names } = startBatches();
    const first = add('a');
    await turn();
    add('b');
    await turn();
    expect(names()).toEqual([['a'], ['b']]);
    sent[0]?.end();
    expect(await first).toBe('did a');
  });

  it('takes what shares a key in turn, each after the one before it has ended', async () => {
    const { add, sent, names } = startBatches();
    add('a', 'kari');
    add('b', 'kari', 'ola');
    add('c', 'ola');
    add('d');
    await turn();
    expect(names()).toEqual([['a', 'd']]);
    sent[0]?.end();
    await turn();
    await turn();
    expect(names().at(-1)).toEqual(['b']);
    sent[1]?.end();
    await turn();
    await turn();
    expect(names().at(-1)).toEqual(['c']);
  });

  it('that fails fails its own items alone, and the next goes', async () => {
    const { add, sent, names } = startBatches({ mostInFlight: 1, mostItems: 1 });
    const answers = [add('a'), add('b')];
    await turn();
    sent[0]?.fail(new Error('no'));
    await expect(answers[0]).rejects.toThrow('no');
    await turn();
    expect(names().at(-1)).toEqual(['b']);
    sent[1]?.end();
    expect(await answers[1]).toBe('did b');
  });

  describe('that keeps apart from the one before', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it('goes at once when it comes alone, else with what has come until its time', async () => {
      const { add, sent, names } = startBatches({ apart: 25 });
      add('a');
      await turn();
      sent[0]?.end();
      add('b');
      await vi.advanceTimersByTimeAsync(24);
      add('c');
      await turn();
      expect(names()).toEqual([['a']]);
      await vi.advanceTimersByTimeAsync(1);
      await turn();
      expect(names()).toEqual([['a'], ['b', 'c']]);
      sent[1]?.end();
      await vi.advanceTimersByTimeAsync(25);
      add('d');
      await turn();
      expect(names().at(-1)).toEqual(['d']);
    });

    it('goes before its time when it is full', async () => {
      const { add, names } = startBatches({ apart: 25 });
      add('a');
      await turn();
      for (const name of ['b', 'c', 'd']) add(name);
      await turn();
      expect(names()).toEqual([['a'], ['b', 'c', 'd']]);
    });
  });

  describe('when none comes back', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it('lets those who wait go after their time: nothing of theirs was begun', async () => {
      const { add, names } = startBatches({ mostInFlight: 1 });
      add('a');
      await turn();
      const waiting = add('b');
      const refused = expect(waiting).rejects.toMatchObject({ name: 'DatabaseBusyError' });
      await vi.advanceTimersByTimeAsync(4_000);
      await refused;
      expect(names()).toEqual([['a']]);
    });
  });
});
