import { describe, expect, it } from 'vitest';
import { createId, isId } from './lead-id.ts';

describe('createId', () => {
  it('makes UUIDs of version 7', () => {
    expect(createId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('makes them in order, also within one millisecond', () => {
    const ids = Array.from({ length: 2000 }, () => createId());
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(2000);
  });

  it('is made of the time and the random bytes that it is given', () => {
    const id = createId({ msecs: 0x0123456789ab, random: new Uint8Array(16) });
    expect(id).toMatch(/^01234567-89ab-7/);
    expect(createId({ msecs: 0x0123456789ab, random: new Uint8Array(16) })).toBe(id);
  });
});

describe('isId', () => {
  it('takes what PostgreSQL takes for a uuid', () => {
    expect(isId(createId())).toBe(true);
    expect(isId(createId().toUpperCase())).toBe(true);
    expect(isId('3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f')).toBe(true);
  });

  it.each([
    '',
    'new',
    '1',
    '0190163d-8694-739b-aea5',
    '0190163d8694739baea5966c26f8ad91',
    ' 0190163d-8694-739b-aea5-966c26f8ad91',
    '0190163d-8694-739b-aea5-966c26f8ad91\n',
    "0190163d-8694-739b-aea5-966c26f8ad91' OR 1=1",
    7,
    null,
    ['0190163d-8694-739b-aea5-966c26f8ad91'],
  ])('refuses %j', (value) => expect(isId(value)).toBe(false));
});
