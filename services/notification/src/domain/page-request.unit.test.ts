import { describe, expect, it } from 'vitest';
import { parsePageRequest, toCursor } from './page-request.ts';

const id = '01912345-6789-7abc-8def-0123456789ab';

describe('a page of deliveries', () => {
  it('is the first fifty of all where nothing is asked for', () => {
    expect(parsePageRequest({})).toEqual({ ok: true, value: { limit: 50 } });
  });

  it('goes on where a cursor says', () => {
    expect(parsePageRequest({ state: 'failed', limit: '200', cursor: toCursor(id) })).toEqual({
      ok: true,
      value: { state: 'failed', limit: 200, before: id },
    });
    expect(toCursor(id)).not.toContain(id.slice(0, 8));
  });

  it.each([
    ['state', { state: 'lost' }],
    ['state', { state: ['failed', 'sent'] }],
    ['state', { state: '' }],
    ['cursor', { cursor: '' }],
    ['cursor', { cursor: `${toCursor(id)}A` }],
    ['cursor', { cursor: id }],
    ['cursor', { cursor: [] }],
    ['limit', { limit: '0' }],
    ['limit', { limit: '201' }],
    ['limit', { limit: '1e2' }],
    ['limit', { limit: '-1' }],
    ['limit', { limit: 'all' }],
  ])('names the parameter %s of %o', (name, query) => {
    const parsed = parsePageRequest(query);
    expect(parsed).toEqual({ ok: false, detail: expect.stringMatching(new RegExp(`^${name} is`)) });
  });
});
