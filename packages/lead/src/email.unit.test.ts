import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeEmail } from './email.ts';
import { processorTime } from './processor-time.fixture.test.ts';

const badFormat = { ok: false, rule: 'email_format' };
const tooLong = { ok: false, rule: 'email_length_limit' };

const atom = fc.string({
  unit: fc.constantFrom(..."abcxyzABCXYZ0189!#$%&'*+/=?^_`{|}~-"),
  minLength: 1,
  maxLength: 12,
});
const localPart = fc.array(atom, { minLength: 1, maxLength: 4 }).map((atoms) => atoms.join('.'));
const label = fc
  .string({ unit: fc.constantFrom(...'abkxz019æøåäéüñлж日本'), minLength: 1, maxLength: 8 })
  .map((text) => text.normalize('NFC'));
const domain = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 3 }), fc.constantFrom('no', 'com', 'consulting', 'рф'))
  .map(([labels, top]) => [...labels, top].join('.'));
const address = fc.tuple(localPart, domain);

/** Ways of writing one domain that mean the same host. */
const respell = fc.constantFrom<(domain: string) => string>(
  (name) => name,
  (name) => name.toUpperCase(),
  (name) => name.normalize('NFD'),
  (name) => name.toUpperCase().normalize('NFD'),
  (name) => domainToASCII(name),
  (name) => domainToASCII(name).toUpperCase(),
  (name) => name.replaceAll('.', '。'),
  (name) => name.replaceAll('a', 'ａ'),
);
const recase = fc.constantFrom<(local: string) => string>(
  (local) => local,
  (local) => local.toUpperCase(),
  (local) => local.toLowerCase(),
);
const around = fc.constantFrom('', ' ', '\t', '\r\n', '\u00A0', '\u3000  ');

describe('normalizeEmail', () => {
  it('accepts every dot-atom at a host name', () => {
    fc.assert(
      fc.property(address, ([local, host]) => {
        expect(normalizeEmail(`${local}@${host}`)).toEqual({
          ok: true,
          email: `${local.toLowerCase()}@${domainToASCII(host)}`,
        });
      }),
    );
  });

  it('gives one key to any two spellings of one address', () => {
    fc.assert(
      fc.property(
        address,
        respell,
        recase,
        around,
        around,
        ([local, host], spelled, cased, before, after) => {
          const plain = normalizeEmail(`${local}@${host}`);
          expect(normalizeEmail(`${before}${cased(local)}@${spelled(host)}${after}`)).toEqual(plain);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is the same done twice as done once, whatever comes in', () => {
    const anything = fc.oneof(
      address.map((parts) => parts.join('@')),
      fc.string({ unit: 'binary' }),
      fc.tuple(fc.string(), fc.string({ unit: 'grapheme' })).map((parts) => parts.join('@')),
      fc
        .tuple(localPart, fc.string({ unit: 'binary', maxLength: 8 }))
        .map(([local, host]) => `${local}@${host}.no`),
    );
    fc.assert(
      fc.property(anything, (input) => {
        const once = normalizeEmail(input);
        if (!once.ok) return;
        expect(once.email).toMatch(/^[!-?A-~]+@[a-z0-9.-]+$/);
        expect(normalizeEmail(once.email)).toEqual(once);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['a plus tag', 'ola+demo@example.com'],
    ['dots', 'o.l.a@example.com'],
    ['a hyphenated host', 'a@fjell-og-vidde.no'],
    ['a label of digits', 'post@123.no'],
    ['many labels', 'a@b.c.d.e.museum'],
    ['an international top-level domain', 'post@xn--e1aybc.xn--p1ai'],
    ['labels with two hyphens', 'a@ab--cd.com'],
  ])('keeps %s', (_, email) => expect(normalizeEmail(email)).toEqual({ ok: true, email }));

  it.each([
    ['nothing', ''],
    ['no @', 'kari.example.com'],
    ['nothing before the @', '@example.com'],
    ['nothing behind the @', 'kari@'],
    ['two @', 'kari@ola@example.com'],
    ['an address behind an address', 'kari@example.com@example.org'],
    ['a dot at the end of the local part', 'kari.@example.com'],
    ['two dots in a row', 'ka..ri@example.com'],
    ['a space in the local part', 'kari dahl@example.com'],
    ['a comment', 'kari(jobb)@example.com'],
    ['a semicolon list', 'a@example.com;b@example.com'],
    ['angle brackets', '<kari@example.com>'],
    ['a mailto link', 'mailto:kari@example.com'],
    ['a backslash', 'ka\\ri@example.com'],
    ['a Kelvin sign', '\u212Aari@example.com'],
    ['a dotted capital I', '\u0130lker@example.com'],
    ['a long s', '\u017Fiv@example.com'],
    ['a full-width letter', 'ｋari@example.com'],
    ['a full-width @', 'kari＠example.com'],
    ['a letter beyond ASCII', 'kåre@example.com'],
    ['one label only', 'kari@localhost'],
    ['a root dot', 'kari@example.com.'],
    ['an ideographic root dot', 'kari@example.com。'],
    ['a leading dot in the domain', 'kari@.example.com'],
    ['an empty label', 'kari@example..com'],
    ['a label with a hyphen in front', 'kari@-example.com'],
    ['a label with a hyphen behind', 'kari@example-.com'],
    ['a label of 64', `kari@${'a'.repeat(64)}.com`],
    ['an underscore in the domain', 'kari@ex_ample.com'],
    ['an IP number', 'kari@192.0.2.10'],
    ['an IP number in hexadecimal', 'kari@0x7f.1'],
    ['an IP number in full-width digits', 'kari@１２７.１'],
    ['an IPv6 literal', 'kari@[IPv6:2001:db8::1]'],
    ['digits as top-level domain', 'kari@example.123'],
    ['a one-letter top-level domain', 'kari@example.c'],
    ['a percent escape', 'kari@ex%61mple.com'],
    ['a full-width percent escape', 'kari@ex％61mple.com'],
    ['a path', 'kari@example.com/x'],
    ['a fraction slash from a care-of sign', 'kari@example℀b.com'],
    ['a port', 'kari@example.com:25'],
    ['a query', 'kari@example.com?bcc=x'],
    ['a tab in the domain', 'kari@exam\tple.com'],
    ['a line break in the domain', 'kari@exam\nple.com'],
    ['a zero-width space in the domain', 'kari@exam\u200Bple.com'],
    ['a soft hyphen in the domain', 'kari@exam\u00ADple.com'],
    ['a word joiner in front', '\u2060kari@example.com'],
    ['a byte order mark behind', 'kari@example.com\uFEFF'],
    ['a NUL', 'kari@example.com\u0000'],
    ['a lone surrogate', 'kari@exam\uD800ple.com'],
    ['punycode that decodes to nothing', 'kari@xn--a.com'],
    ['punycode for plain ASCII', 'kari@xn--example-.com'],
    ['punycode in disguise within punycode', 'kari@xn--xn---epa.com'],
  ])('refuses %s', (_, input) => expect(normalizeEmail(input)).toEqual(badFormat));

  it('takes a local part of 64 and refuses one of 65', () => {
    expect(normalizeEmail(`${'a'.repeat(64)}@example.com`).ok).toBe(true);
    expect(normalizeEmail(`${'a'.repeat(65)}@example.com`)).toEqual(tooLong);
  });

  it('takes an address of 254 and refuses one of 255', () => {
    const host = `${'d'.repeat(60)}.`.repeat(3);
    const long = (length: number) =>
      `${'l'.repeat(64)}@${host}${'d'.repeat(length - 65 - host.length - 4)}.com`;
    expect(long(254)).toHaveLength(254);
    expect(normalizeEmail(long(254)).ok).toBe(true);
    expect(normalizeEmail(long(255))).toEqual(tooLong);
  });

  it('measures the punycode that is stored, not the letters that were typed', () => {
    const host = Array.from({ length: 5 }, () => '日本語日本語日本語').join('.');
    const typed = `${'a'.repeat(64)}@${host}.no`;
    expect(typed.length).toBeLessThan(254);
    expect(normalizeEmail(typed).ok).toBe(`${'a'.repeat(64)}@${domainToASCII(host)}.no`.length <= 254);
    expect(normalizeEmail(`${'a'.repeat(64)}@${host}.${host}.no`)).toEqual(tooLong);
  });

  it.each([
    ['a long label', `x@${'a'.repeat(100_000)}`],
    ['many dots', `${'a.'.repeat(100_000)}@example.com`],
    ['many @', '@'.repeat(100_000)],
    ['many spaces', `a${' '.repeat(100_000)}b@example.com`],
    ['an almost good domain', `a@${'a-'.repeat(450)}`],
  ])('decides at once over %s', (_, input) => {
    expect(processorTime(() => expect(normalizeEmail(input).ok).toBe(false))).toBeLessThan(500);
  });
});
