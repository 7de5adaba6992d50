import { describe, expect, it } from 'vitest';
import { defaultDemoMinutes, parseDemo } from './demo.ts';

const rulesOf = (body: Record<string, unknown>) => {
  const parsed = parseDemo(body, 'en');
  return parsed.ok ? [] : parsed.errors.map(({ field, rule }) => [field, rule]);
};

describe('parseDemo', () => {
  it('reads a moment with its offset, a length and a place', () => {
    const body = { demo_at: '2026-03-27T13:00:00+01:00', demo_minutes: 30, demo_location: '  Teams ' };
    expect(parseDemo(body, 'nb')).toEqual({
      ok: true,
      value: { at: new Date('2026-03-27T12:00:00Z'), minutes: 30, location: 'Teams' },
    });
  });

  it.each(['2026-03-27T12:00Z', '2026-03-27t12:00:00z', '2026-03-27T08:00:00.000-04:00'])(
    'takes the spelling %s of one moment',
    (demo_at) => {
      expect(parseDemo({ demo_at }, 'nb')).toEqual({
        ok: true,
        value: { at: new Date('2026-03-27T12:00:00Z'), minutes: defaultDemoMinutes, location: null },
      });
    },
  );

  it('is null where nothing is said of a demo, or each of it is null', () => {
    expect(parseDemo({ to: 'contacted' }, 'nb')).toEqual({ ok: true, value: null });
    expect(parseDemo({ demo_at: null, demo_minutes: null, demo_location: null }, 'nb').ok).toBe(true);
  });

  it('does not read what a prototype holds', () => {
    expect(parseDemo(Object.create({ demo_at: 'x' }), 'nb')).toEqual({ ok: true, value: null });
  });

  it.each([
    '2026-03-27T13:00:00',
    '2026-03-27',
    'i morgen kl. 13',
    '',
    '2026-02-29T13:00:00Z',
    '2026-13-01T13:00:00Z',
    '2026-03-27T24:00:00Z',
    '2026-03-27T13:60:00Z',
    '2026-03-27T13:00:00+25:00',
    '0026-03-27T13:00:00Z',
    '+272026-03-27T13:00:00Z',
    1_774_612_800_000,
    {},
  ])('refuses the time %o by demo_at_format', (demo_at) => {
    expect(rulesOf({ demo_at })).toEqual([['demo_at', 'demo_at_format']]);
  });

  it.each([4, 481, 30.5, '30', Number.NaN, []])(
    'refuses %o minutes by demo_minutes_range',
    (demo_minutes) => {
      expect(rulesOf({ demo_at: '2026-03-27T13:00:00Z', demo_minutes })).toEqual([
        ['demo_minutes', 'demo_minutes_range'],
      ]);
    },
  );

  it('takes 200 letters of several bytes as a place, and no more', () => {
    const demo_at = '2026-03-27T13:00:00Z';
    expect(rulesOf({ demo_at, demo_location: '𝒦'.repeat(200) })).toEqual([]);
    expect(rulesOf({ demo_at, demo_location: '𝒦'.repeat(201) })).toEqual([
      ['demo_location', 'demo_location_length'],
    ]);
    expect(rulesOf({ demo_at, demo_location: 'rom\r\nBcc: x' })).toEqual([
      ['demo_location', 'forbidden_characters'],
    ]);
    expect(rulesOf({ demo_at, demo_location: 7 })).toEqual([['demo_location', 'demo_location_length']]);
  });

  it('tells every fault at once, and that a length needs a time', () => {
    expect(rulesOf({ demo_at: 'x', demo_minutes: 0, demo_location: 'x'.repeat(201) })).toEqual([
      ['demo_at', 'demo_at_format'],
      ['demo_minutes', 'demo_minutes_range'],
      ['demo_location', 'demo_location_length'],
    ]);
    expect(rulesOf({ demo_minutes: 30 })).toEqual([['demo_at', 'required_fields_present']]);
  });

  it('never repeats what was typed', () => {
    const parsed = parseDemo({ demo_at: 'hemmelig' }, 'nb');
    expect(JSON.stringify(parsed)).not.toContain('hemmelig');
  });
});
