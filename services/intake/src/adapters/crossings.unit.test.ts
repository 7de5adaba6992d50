import { describe, expect, it } from 'vitest';
import { createCrossings } from './crossings.ts';

describe('two submissions of one address', () => {
  it('crossed where the second came before the first was answered', () => {
    const crossings = createCrossings(() => 30);
    crossings.answered('kari@example.no', 10);
    expect(crossings.beganAt('kari@example.no', 29)).toBe(10);
    expect(crossings.beganAt('kari@example.no', 5)).toBe(5);
    expect(crossings.beganAt('kari@example.no', 31)).toBe(31);
    expect(crossings.beganAt('ola@example.no', 29)).toBe(29);
  });

  it('are remembered for a while, not for ever', () => {
    const crossings = createCrossings(() => 30);
    crossings.answered('kari@example.no', 10);
    for (let other = 0; other < 1_000; other += 1) crossings.answered(`${other}@example.no`, 10);
    expect(crossings.beganAt('kari@example.no', 29)).toBe(29);
    expect(crossings.beganAt('999@example.no', 29)).toBe(10);
  });
});
