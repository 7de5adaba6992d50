import { describe, expect, it } from 'vitest';
import { canvas, lengths, stackedBars } from './charts.ts';
import { everyWeek, reached } from './numbers-page.ts';

describe('the numbers', () => {
  it('have a week without leads among the others', () => {
    const weeks = everyWeek([
      { week: '2026-03-02', source: 'website', count: 2 },
      { week: '2026-03-02', source: 'event', count: 1 },
      { week: '2026-03-16', source: 'website', count: 4 },
    ]);
    expect(weeks.map(({ week, sum }) => [week, sum])).toEqual([
      ['2026-03-02', 3],
      ['2026-03-09', 0],
      ['2026-03-16', 4],
    ]);
    expect(everyWeek([])).toEqual([]);
  });

  it('count a lead in every stage that it has come to, a lost one too, as far as is known', () => {
    const counts = { new: 5, contacted: 3, qualified: 0, demo_scheduled: 1, converted: 2, lost: 4 };
    const lost_from = { new: 1, contacted: 0, qualified: 2, demo_scheduled: 0 };
    expect(reached({ counts, lost_from }).map(({ count }) => count)).toEqual([15, 8, 5, 3, 2]);
    const unknown = { new: 0, contacted: 0, qualified: 0, demo_scheduled: 0 };
    expect(reached({ counts, lost_from: unknown }).map(({ count }) => count)).toEqual([15, 6, 3, 3, 2]);
  });

  it('are drawn within the canvas, stacked without a gap', () => {
    const bars = stackedBars([
      {
        parts: [
          { name: 'a', count: 1 },
          { name: 'b', count: 3 },
        ],
      },
      { parts: [{ name: 'a', count: 0 }] },
    ]);
    expect(bars).toHaveLength(2);
    expect(bars[0]?.y).toBe(bars[1] && bars[1].y + bars[1].height);
    for (const { x, y, width, height } of bars) {
      expect(x + width).toBeLessThanOrEqual(canvas.width);
      expect(y + height).toBeLessThanOrEqual(canvas.height);
    }
    expect(lengths([0, 5, 10])).toEqual([0, 50, 100]);
    expect(lengths([0, 0])).toEqual([0, 0]);
  });
});
