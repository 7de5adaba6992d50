import { describe, expect, it } from 'vitest';
import { readKeyId, readKeyRequest } from './key-request.ts';

const now = new Date('2026-06-01T12:00:00Z');
const read = (...args: string[]) => readKeyRequest(args, now);
const complete = ['--name', 'CRM', '--scopes', 'leads:read'];
const named = (name: string) => ['--name', name, '--scopes', 'leads:read'];

describe('what is asked of a key', () => {
  it('is its name, its scopes, each once, and the day on which it ends', () => {
    expect(
      read(
        '--name',
        ' Åses CRM ',
        '--scopes',
        'leads:read, leads:write,leads:read',
        '--expires',
        '2028-02-29',
      ),
    ).toEqual({
      name: 'Åses CRM',
      scopes: ['leads:read', 'leads:write'],
      expiresAt: new Date('2028-02-29T00:00:00Z'),
    });
    expect(read(...complete).expiresAt).toBeNull();
    expect(read(...named('🦊'.repeat(100))).name).toHaveLength(200);
  });

  it.each<[string, string[], RegExp]>([
    ['an unknown option', [...complete, '--for', 'x'], /^Unknown option '--for'/],
    ['a word too many', [...complete, 'x'], /^Unexpected argument 'x'/],
    ['no name', ['--scopes', 'leads:read'], /^--name takes/],
    ['a long name', named('x'.repeat(101)), /^--name takes/],
    ['a name of two lines', named('a\nb'), /^--name takes/],
    ['a name that steers the terminal', named('a\u001b[2Jb'), /^--name takes/],
    ['a name that turns the text around', named('a\u202eb'), /^--name takes/],
    ['no scopes', ['--name', 'CRM'], /^--scopes takes/],
    ['empty scopes', ['--name', 'CRM', '--scopes', ''], /^--scopes takes/],
    ['an unknown scope', ['--name', 'CRM', '--scopes', 'leads:read,leads:all'], /^Unknown scope/],
    ['a day that there is not', [...complete, '--expires', '2027-02-30'], /^--expires takes/],
    ['a year', [...complete, '--expires', '2027'], /^--expires takes/],
    ['an hour', [...complete, '--expires', '2027-01-01T10:00'], /^--expires takes/],
    ['a day that is over', [...complete, '--expires', '2026-06-01'], /^--expires takes/],
  ])('is not %s', (_name, args, message) => {
    expect(() => read(...args)).toThrow(message);
  });
});

describe('the id of a key', () => {
  const id = '018f0000-0000-7000-8000-000000000000';

  it('stands alone', () => {
    expect(readKeyId([id])).toBe(id);
    for (const args of [[], [id, id], ['-'.repeat(36)], [id.replaceAll('-', '0')]])
      expect(() => readKeyId(args)).toThrow('revoke takes the id of one key');
  });
});
