import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { usage } from './options.ts';
import { sections } from './sections/index.ts';

const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8');

describe('docs/performance.md', () => {
  it('explains every section, in order, and none that there is not', () => {
    const [, explained = ''] = page.split('## What each section means');
    const rows = [...(explained.split('\n## ')[0] ?? '').matchAll(/^\| `(\w+)` \|/gm)].map(
      ([, name]) => name,
    );
    expect(rows).toEqual(sections.map(({ name }) => name));
  });

  it('shows every option but that which lists the sections by name', () => {
    const options = [...usage.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option = '']) => option);
    expect(options.length).toBeGreaterThan(4);
    expect(options.filter((option) => !page.includes(option))).toEqual([]);
  });

  it('has its marks around the table', () => {
    expect(page).toMatch(/<!-- table: written by the command above -->[\s\S]+<!-- end of table -->\n$/);
  });
});

describe('the sections', () => {
  it('have a floor in the short form, so that each can fail it', () => {
    for (const { name, claims } of sections)
      expect([name, claims(true).some(({ floor }) => floor !== undefined)]).toEqual([name, true]);
  });

  it('ask of every ratio to a comparison what is wanted of it', () => {
    const ratios = sections.flatMap(({ claims }) => claims(false)).filter(({ over }) => over !== undefined);
    expect(ratios.filter(({ target }) => target === undefined).map(({ what }) => what)).toEqual([
      'two senders / one',
    ]);
  });

  it('set no floor that is harder than the target', () => {
    for (const { target, floor, what } of sections.flatMap(({ claims }) => claims(true))) {
      if (!target || !floor) continue;
      const easier =
        'atLeast' in target
          ? (floor as { atLeast: number }).atLeast <= target.atLeast
          : (floor as { atMost: number }).atMost >= target.atMost;
      expect([what, easier]).toEqual([what, true]);
    }
  });
});
