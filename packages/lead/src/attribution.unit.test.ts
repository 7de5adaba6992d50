import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAttribution } from './attribution.ts';
import { attributionFieldNames } from './fields.ts';

describe('parseAttribution', () => {
  it('keeps the known members, trimmed, in one spelling', () => {
    const value = {
      utm_source: ' nyhetsbrev ',
      referrer: 'https://blåbær.example/?q=1',
      utm_term: 'A\u030A',
    };
    expect(parseAttribution(value)).toEqual({
      utm_source: 'nyhetsbrev',
      utm_term: 'Å',
      referrer: 'https://blåbær.example/?q=1',
    });
  });

  it.each([
    ['not known', { utm_id: 'x', gclid: 'x' }],
    ['not text', { utm_source: ['x'], utm_medium: 1, utm_term: null, referrer: {} }],
    ['blank', { utm_source: '', utm_medium: ' \u200B' }],
    ['too long', { landing_page: 'x'.repeat(2001) }],
    ['unclean', { referrer: 'a\u0000b', utm_term: 'a\nb', utm_content: '\u202Ea\uD800' }],
    ['of the prototype', Object.create({ utm_source: 'x' })],
  ])('drops members that are %s, and is null when none is left', (_, value) => {
    expect(parseAttribution(value)).toBeNull();
    expect(parseAttribution({ ...value, utm_campaign: 'host' })).toEqual({ utm_campaign: 'host' });
  });

  it('keeps 2,000 characters, and never cuts', () => {
    const longest = '👩'.repeat(2000);
    expect(parseAttribution({ landing_page: longest })).toEqual({ landing_page: longest });
    expect(parseAttribution({ landing_page: `${longest}x` })).toBeNull();
  });

  it('takes anything without an error, and gives clean text or null', () => {
    const attribution = fc.record(
      Object.fromEntries(attributionFieldNames.map((name) => [name, fc.anything()])),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(attribution, fc.anything()), (value) => {
        const kept = parseAttribution(value);
        for (const text of Object.values(kept ?? {})) expect(typeof text).toBe('string');
      }),
    );
  });
});
