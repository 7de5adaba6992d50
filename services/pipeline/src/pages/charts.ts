/** Charts as plain numbers for SVG: no scripts, no inline styles, and the same figures stand in a table below. */

export interface Segment {
  /** Chooses the colour. */
  name: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The size that the drawings are made for; they scale with their place. */
export const canvas = { width: 720, height: 220 };
const gap = 0.2;

/** One bar a week, a segment for each part, the first at the bottom. */
export function stackedBars(
  rows: readonly { parts: readonly { name: string; count: number }[] }[],
): Segment[] {
  const sums = rows.map(({ parts }) => parts.reduce((sum, { count }) => sum + count, 0));
  const most = Math.max(1, ...sums);
  const step = canvas.width / Math.max(1, rows.length);
  // A single week would be as wide as the page.
  const width = Math.min(step * (1 - gap), 60);
  return rows.flatMap(({ parts }, index) => {
    let top = canvas.height;
    return parts
      .filter(({ count }) => count > 0)
      .map(({ name, count }) => {
        const height = (count / most) * canvas.height;
        top -= height;
        return {
          name,
          x: round(index * step + (step - width) / 2),
          y: round(top),
          width: round(width),
          height: round(height),
        };
      });
  });
}

/** How long a bar is beside the longest, in units of a canvas that is 100 wide. */
export function lengths(values: readonly number[]): number[] {
  const most = Math.max(1, ...values);
  return values.map((value) => round((value / most) * 100));
}

const round = (value: number) => Math.round(value * 10) / 10;
