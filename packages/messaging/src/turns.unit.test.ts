import { beforeEach, expect, it } from 'vitest';
import { createTurns, type Turns } from './turns.ts';

let turns: Turns;
let begun: string[];
let ends: Map<string, { resolve: () => void; reject: (error: Error) => void }>;

beforeEach(() => {
  turns = createTurns();
  begun = [];
  ends = new Map();
});

/** Work that goes on until `end` is called with its name. */
const work = (name: string) => () => {
  begun.push(name);
  const { promise, ...ending } = Promise.withResolvers<void>();
  ends.set(name, ending);
  return promise;
};
const settle = () => new Promise((resolve) => setImmediate(resolve));
const end = async (name: string) => {
  ends.get(name)?.resolve();
  await settle();
};

it('lets work go on side by side', async () => {
  void turns.together(work('a'));
  void turns.together(work('b'));
  await settle();
  expect(begun).toEqual(['a', 'b']);
});

it('begins what is to be alone when all before it have ended, and nothing before that has ended', async () => {
  void turns.together(work('a'));
  void turns.together(work('b'));
  void turns.alone(work('suspect'));
  void turns.together(work('c'));
  void turns.alone(work('another'));
  await settle();
  await end('a');
  expect(begun).toEqual(['a', 'b']);
  await end('b');
  expect(begun).toEqual(['a', 'b', 'suspect']);
  await end('suspect');
  expect(begun).toEqual(['a', 'b', 'suspect', 'c']);
  await end('c');
  expect(begun).toEqual(['a', 'b', 'suspect', 'c', 'another']);
});

it('goes on after work that failed, and tells its failure', async () => {
  const together = turns.together(work('a'));
  const alone = turns.alone(work('suspect'));
  await settle();
  ends.get('a')?.reject(new Error('a'));
  await expect(together).rejects.toThrow('a');
  await settle();
  ends.get('suspect')?.reject(new Error('suspect'));
  await expect(alone).rejects.toThrow('suspect');
  void turns.together(work('c'));
  await settle();
  expect(begun).toEqual(['a', 'suspect', 'c']);
});
