import fc from 'fast-check';
import { getCountries, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { describe, expect, it } from 'vitest';
import { isPhoneRegion, normalizePhone } from './phone.ts';

const refused = { ok: false };
const stored = (phone: string) => ({ ok: true, phone });

const region = fc.constantFrom(...getCountries());
const phoneText = fc
  .array(
    fc.constantFrom(
      ...[
        ...'0123456789',
        '+',
        '(',
        ')',
        '(0)',
        '-',
        '.',
        '/',
        ' ',
        '#',
        ',',
        ';',
        '*',
        '+47',
        '0047',
        '406',
        '46',
      ],
      ...['tlf', 'ext', 'x', ';ext=', ' eller ', '\u00A0', '\u202A', '٤', '４', '＋', '–', ': '],
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

describe('normalizePhone', () => {
  it('is the same done twice as done once, in every region', () => {
    fc.assert(
      fc.property(fc.oneof(phoneText, fc.string({ unit: 'binary' })), region, (text, home) => {
        const once = normalizePhone(text, home);
        if (once.ok) expect(normalizePhone(once.phone, home)).toEqual(once);
      }),
      { numRuns: 5000 },
    );
  });

  it('makes E.164 only of digits that were typed, to the last one', () => {
    // In regions without local dialling: on Guernsey or in Brazil the plan itself adds an area code.
    const closedPlan = fc.constantFrom(
      'NO' as const,
      'SE' as const,
      'DK' as const,
      'GB' as const,
      'DE' as const,
    );
    fc.assert(
      fc.property(phoneText, closedPlan, (text, home) => {
        const result = normalizePhone(text, home);
        if (!result.ok || !/^\+\d+$/.test(result.phone)) return;
        const national = parsePhoneNumberFromString(result.phone)?.nationalNumber ?? 'none';
        const typed = text.normalize('NFKC').replaceAll('٤', '4').replace(/\D/g, '');
        // A marked extension stands behind the number and is not part of it.
        expect(/\p{L}/u.test(text) ? typed.includes(national) : typed.endsWith(national)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('lets plus and digits alone stand for a valid number, always', () => {
    fc.assert(
      fc.property(phoneText, region, (text, home) => {
        const result = normalizePhone(text, home);
        if (!result.ok || !/^\+\d+$/.test(result.phone)) return;
        expect(parsePhoneNumberFromString(result.phone)?.isValid()).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['2 1 2 3 4 5 6 7', '+4721234567'],
    ['406.12.345', '+4740612345'],
    ['406–12–345', '+4740612345'],
    ['00 47 40612345', '+4740612345'],
    ['+ 47 406 12 345', '+4740612345'],
    ['(0047) 40612345', '+4740612345'],
    ['+(47) 40612345', '+4740612345'],
    ['(+47)40612345', '+4740612345'],
    ['(+47) (0) 40612345', '+4740612345'],
    ['0047(0)40612345', '+4740612345'],
    ['+47 02345', '+4702345'],
    ['02 345', '+4702345'],
    ['47 012 345', '+4747012345'],
    ['٤٠٦١٢٣٤٥', '+4740612345'],
    ['۴۰۶۱۲۳۴۵', '+4740612345'],
    ['＋４７ ４０６１２３４５', '+4740612345'],
    ['\u202A+47 406 12 345\u202C', '+4740612345'],
    ['406\u200B12\u00AD345', '+4740612345'],
    ['tel:+47-406-12-345', '+4740612345'],
    ['Tlf. nr: 406 12 345', '+4740612345'],
    ['M 406 12 345', '+4740612345'],
    ['+49 (0)40/123456', '+4940123456'],
    ['+1 (212) 555-0100', '+12125550100'],
    ['+39 06 698 1234', '+39066981234'],
    ['tel:21234567;ext=3', '+4721234567'],
    ['21 23 45 67 x 402', '+4721234567'],
  ])('reads %s as %s', (typed, phone) => expect(normalizePhone(typed, 'NO')).toEqual(stored(phone)));

  it.each([
    ['a Swedish number without its country code', '070-174 06 05'],
    ['a trunk zero in parentheses without a country code', '(0)70 17 40 60'],
    ['two numbers', '40612345, 21234567'],
    ['two numbers with a word between', '40612345 eller 21234567'],
    ['a number and the end of another', '47 61 23 45/66'],
    ['one number and its neighbour', '2123456/7'],
    ['two numbers with a sign between', '40612345 & 21234567'],
    ['a number with a remark behind it', '40612345 (mobil)'],
    ['a number of a local plan', '+1 555 0100'],
    ['a zero in parentheses that is not behind the country code', '+474651(0)5465'],
    ['a run of digits that no plan knows', '12345678'],
    ['an extension behind a comma', '21234567,12'],
    ['an extension in Norwegian', '21 23 45 67 linje 402'],
    ['a possible number of no known range', '+47 112 00 000'],
  ])('keeps %s as typed', (_, typed) => expect(normalizePhone(typed, 'NO')).toEqual(stored(typed)));

  it.each([
    ['+4711200000', '+47 11200000'],
    ['+447700900123', '+44 7700900123'],
    ['+972501234567', '+972 501234567'],
    ['＋４７１１２０００００', '+47 11200000'],
  ])('keeps %s, which its plan may come to know, with a space behind the country code', (typed, phone) =>
    expect(normalizePhone(typed, 'NO')).toEqual(stored(phone)),
  );

  it('keeps a number as typed without what cannot be seen', () => {
    expect(normalizePhone('\u202D 21 23\u00A045 67 linje 402\u202C', 'NO')).toEqual(
      stored('21 23 45 67 linje 402'),
    );
    expect(normalizePhone('٠٧٠-١٧٤ ٠٦ ٠٥', 'NO')).toEqual(stored('070-174 06 05'));
  });

  it.each([
    ['nothing', ''],
    ['words', 'ring meg'],
    ['a number in prose', 'Ring meg på 406 12 345 etter kl. 15'],
    ['a number and then prose', '40612345 etter kl. 15'],
    ['an address', 'kari@example.com'],
    ['letters for digits', '1-800-FLOWERS'],
    ['four digits', '1881'],
    ['a company number that lost its zero', '2345'],
    ['the same with a country code', '+47 2345'],
    ['signs alone', '+--()'],
    ['a command to the telephone', '*21*40612345#'],
    ['a formula', '=40612345'],
    ['a calculation', '-40612345'],
    ['E.164 with a digit too many', '+47406123456'],
    ['E.164 of no country', '+99912345678'],
    ['more digits than a number has', '123456789012345678'],
    ['more than 40 characters that are no one number', '21 23 45 67 / 21 23 45 68 / 21 23 45 69 / 70'],
    ['a very long text', '4'.repeat(5000)],
    ['a line break', '406 12\n345'],
    ['digits of a script that no dialler knows', '४०६१२३४५'],
  ])('refuses %s', (_, typed) => expect(normalizePhone(typed, 'NO')).toEqual(refused));

  it.each([
    '110',
    '112',
    '113',
    '911',
    '999',
    '000',
    '1-1-2',
    '(112)',
    '+47 112',
    '0047112',
    '+47113',
    '112 x 1',
    'tlf 112',
  ])('takes the emergency number %s for no phone, in any region', (typed) => {
    for (const home of getCountries()) {
      const result = normalizePhone(typed, home);
      if (home === 'NO') expect(result).toEqual(refused);
      expect(result.ok && /^\+/.test(result.phone), home).toBe(false);
    }
  });

  it('reads a national number in the plan of the configured region', () => {
    expect(normalizePhone('070-174 06 05', 'SE')).toEqual(stored('+46701740605'));
    expect(normalizePhone('020 7946 0018', 'GB')).toEqual(stored('+442079460018'));
  });

  it('keeps at most 40 characters as typed', () => {
    const typed = '21 23 45 67 / 406 12 345 / 79 02 12 34';
    expect(normalizePhone(`${typed} #`, 'NO').ok).toBe(true);
    expect(normalizePhone(`${typed} # 1`, 'NO')).toEqual(refused);
  });
});

describe('isPhoneRegion', () => {
  it('knows the regions of the number plans', () => {
    expect(isPhoneRegion('NO')).toBe(true);
    expect(isPhoneRegion('SJ')).toBe(true);
    expect(isPhoneRegion('XX')).toBe(false);
    expect(isPhoneRegion('no')).toBe(false);
    expect(isPhoneRegion('constructor')).toBe(false);
  });
});
