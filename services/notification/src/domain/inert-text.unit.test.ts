import fc from 'fast-check';
import Joi from 'joi';
import LinkifyIt from 'linkify-it';
import { describe, expect, it } from 'vitest';
import { inertText } from './inert-text.ts';

/** What a mail program may take for a link, judged by a linkifier of somebody else, every top-level domain with it. */
const linkifier = new LinkifyIt({ fuzzyIP: true });
linkifier.tlds(['example', 'no', 'com', 'shop', 'xyz', 'top', 'club', 'рф', 'みんな', 'vi', 'co'], true);
for (const scheme of ['tel:', 'sms:', 'javascript:', 'file:']) {
  linkifier.add(scheme, { validate: /^\S+/ });
}
const letters = [...'abcdefghijklmnopqrstuvwxyz'];
const twoLetters = letters.flatMap((first) => letters.map((second) => `${first}${second}`));
linkifier.tlds(twoLetters, true);
const visible = (text: string) => text.replaceAll('\u2060', '');

const links = [
  'https://angriper.example/premie',
  'HTTPS://ANGRIPER.EXAMPLE',
  'hTtP:\\\\angriper.example',
  'http:/angriper.example',
  'www.angriper.example',
  'WWW.angriper',
  '//angriper.example/x',
  '\\\\server\\share',
  'angriper.example',
  'angriper.shop',
  't.co',
  'xn--80ak6aa92e.com',
  'angriper.xn--p1ai',
  'пример.рф',
  'ａｎｇｒｉｐｅｒ．ｃｏｍ',
  'angriper。com',
  'angriper｡com',
  '192.168.0.1',
  'http://192.168.0.1:8080/x',
  'http://[2001:db8::1]/',
  'kari@angriper.example',
  'kari＠angriper.example',
  '@angriper@mastodon.example',
  'mailto:kari@angriper.example',
  'tel:+4782000000',
  'sms:2000?body=JA',
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'ftp://angriper.example',
  '(angriper.example)',
  'Klikk→angriper.example!',
  '<a href="https://angriper.example">her</a>',
  'angriper.example:8080/a?b=c#d',
  'angriper.eks.no',
  'f.eks.no/x',
  'hei.vi',
  'spam.pr',
  '(gå.pr)',
  'WIN.PR!',
  'x.nr',
  'vinn.nr.',
  'i❤.ws',
  'i❤️.ws',
  '💩.la',
  '☃.net',
  '€.com',
  'a+.com',
  '$.com',
  'a_.com',
  'angriper\ufeff.com',
  'angriper․com',
  'angriper﹒com',
  'Se:\\\\server\\share',
  '"\\\\server\\share"',
  '(\\\\10.0.0.1\\c$)',
  'onenote:x',
  'ms-word:ofe|u|x',
  'facetime-audio:kari',
];

describe('what a visitor typed', () => {
  it.each(links)('%s is no link any more, and looks as it was typed', (text) => {
    const inert = inertText(`Se ${text} nå`);
    expect(visible(inert)).toBe(`Se ${text} nå`);
    expect(inert).not.toContain(text);
    expect(linkifier.match(inert) ?? []).toEqual([]);
  });

  it.each([
    'Berg & Dahl AS',
    "D'Arcy",
    'Ukedager etter kl. 13, f.eks. tirsdag (bl.a. 12.05.2026) kl. 14.30–15.00',
    'Vi er 14 likepersoner, jf. § 3. Pris: 1.200,- eller 50/50',
    'A/S Norske Shell: avd. 3',
    'Excel og/eller Word, f.eks., o.osv.',
    'Ring 406 12 345 :-)',
    'v1.2 og 3.14',
    '{{constructor.constructor}}'.replaceAll('.', ' '),
    '',
  ])('%j has nothing link-like and stays exactly as it is', (text) => {
    expect(inertText(text)).toBe(text);
  });

  it('is touched wherever two letters of the alphabet end it like a country', () => {
    for (const country of twoLetters) {
      for (const text of [`vinn.${country}`, `x.${country}.`.toUpperCase()])
        expect(inertText(text), text).not.toBe(text);
    }
  });

  it.each(['eks', 'mnd', 'osv', 'evt', 'tlf', 'stk', 'ang', 'dvs', 'etc'])(
    'keeps .%s, which is no top-level domain',
    (abbreviation) => {
      // Joi knows the list of IANA.
      const { error } = Joi.string().domain().validate(`vinn.${abbreviation}`);
      expect(error).toBeDefined();
      expect(inertText(`f.${abbreviation}.`)).toBe(`f.${abbreviation}.`);
    },
  );

  it('is touched only where a link is', () => {
    const inert = inertText('Pris 1.200,- og kl. 14.30, se angriper.example/x, m.v. 3/4');
    expect(inert.replace(/angriper\S+/u, '')).toBe('Pris 1.200,- og kl. 14.30, se  m.v. 3/4');
  });

  it('is one line, unless it may be several', () => {
    expect(inertText('Kari\r\nBcc: x\ty')).toBe('Kari Bcc: x y');
    expect(inertText('en\n\tto', { multiline: true })).toBe('en\n\tto');
  });

  it('never holds a link, whatever pieces it is made of', () => {
    const piece = fc.constantFrom(
      ...links,
      'a',
      ' ',
      '.',
      ':',
      '/',
      '@',
      'no',
      'com',
      'www',
      'http',
      '\n',
      '-',
      ...['❤', '💩', '€', '+', '$', '_', '\ufeff', '\ufe0f', '․', '\\'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const inert = inertText(pieces.join(''), { multiline: true });
        expect(linkifier.match(inert) ?? []).toEqual([]);
        expect(visible(inert)).toBe(pieces.join(''));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is done twice as it is done once, for links', () => {
    for (const text of links) expect(linkifier.match(inertText(inertText(text))) ?? []).toEqual([]);
  });

  it('comes to an end for a nasty text, which a pattern that backtracks would not', () => {
    for (const nasty of [
      'a.'.repeat(5_000),
      '.'.repeat(10_000),
      'a'.repeat(10_000),
      '@a'.repeat(5_000),
      `a${'1'.repeat(10_000)}`,
    ]) {
      for (const text of [nasty, `${nasty} x`])
        expect(inertText(text).length).toBeGreaterThanOrEqual(text.length);
    }
    // A second on a busy machine.
  }, 10_000);
});
