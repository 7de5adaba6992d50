import { describe, expect, it } from 'vitest';

// A module of the browser; that it loads here shows that it needs none to judge an address.
const { suggestAddress } = (await import(String(new URL('./assets/mail-domain.js', import.meta.url)))) as {
  suggestAddress(email: string): string | undefined;
};

describe('a mistyped mail domain', () => {
  it.each([
    ['kari@gmial.com', 'kari@gmail.com'],
    ['Kari.Moe@gmail.con', 'Kari.Moe@gmail.com'],
    ['kari@hotmial.com', 'kari@hotmail.com'],
    ['kari@hotmail.n', 'kari@hotmail.no'],
    ['kari@outlok.com', 'kari@outlook.com'],
    ['kari@onlin.no', 'kari@online.no'],
  ])('%s is probably %s', (typed, meant) => expect(suggestAddress(typed)).toBe(meant));

  it.each([
    'kari@gmail.com',
    'kari@meander.no',
    'kari@nav.no',
    'kari@live.no',
    'kari@mail.com',
    'kari',
    'kari@',
    '',
    'a b@gmial.com',
  ])('%s is left alone', (typed) => expect(suggestAddress(typed)).toBeUndefined());
});
