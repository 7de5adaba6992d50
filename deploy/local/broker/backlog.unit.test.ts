import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Backlog } from './backlog.ts';

test('gives out by position, whatever comes back in between', () => {
  const step = fc.oneof(fc.constant('add'), fc.constant('take'), fc.nat());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const backlog = new Backlog<{ position: number }>();
      let waiting: number[] = [];
      const out: number[] = [];
      let last = 0;
      const put = (position: number) => {
        backlog.insert({ position });
        waiting = [...waiting, position].sort((a, b) => a - b);
      };
      for (const each of steps) {
        if (each === 'add') put(++last);
        else if (each === 'take') {
          const expected = waiting.shift();
          expect(backlog.shift()?.position).toBe(expected);
          if (expected !== undefined) out.push(expected);
        } else if (out.length > 0) {
          // Any of those that are out comes back.
          const [returned] = out.splice(Number(each) % out.length, 1);
          if (returned !== undefined) put(returned);
        }
        expect(backlog.length).toBe(waiting.length);
        expect(backlog.first?.position).toBe(waiting[0]);
      }
    }),
  );
});

test('lets go of what was taken, and keeps the order, over thousands of messages', () => {
  const backlog = new Backlog<{ position: number }>();
  let expected = 1;
  for (let position = 1; position <= 10_000; position += 1) {
    backlog.insert({ position });
    if (position % 3 !== 0) continue;
    expect(backlog.shift()?.position).toBe(expected++);
    expect(backlog.shift()?.position).toBe(expected++);
  }
  expect(backlog.clear()).toBe(10_000 - expected + 1);
  expect(backlog.length).toBe(0);
  expect(backlog.shift()).toBeUndefined();
});
