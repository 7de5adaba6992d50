import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBooking } from './booking.ts';
import type { ParseOptions } from './check-body.ts';
import { contactFieldNames, limits, organizationSizes, requiredContactFieldNames } from './fields.ts';
import type { RuleName } from './rules.ts';

const options: ParseOptions = { locale: 'en', phoneRegion: 'NO' };

const required = {
  first_name: 'Kari',
  last_name: 'Berg',
  email: 'kari.berg@example.com',
  organization_name: 'Blåbær & Øl AS',
  role_title: 'Koordinator',
};
const whole = {
  ...required,
  phone: '406 12 345',
  organization_size: '11-50',
  current_solution: 'Excel og Word-skjemaer',
  preferred_demo_timing: 'Ukedager etter kl. 13',
  notes: 'Vi er 14 likepersoner.',
};

/** The errors as `field: rule`, in their order. */
function broken(result: ReturnType<typeof parseBooking>): string[] {
  return result.ok ? [] : result.errors.map(({ field, rule }) => `${field}: ${rule}`);
}
const brokenBooking = (overlay: object) => broken(parseBooking({ ...whole, ...overlay }, options));

const optionalTexts = [
  'phone',
  'organization_size',
  'current_solution',
  'preferred_demo_timing',
  'notes',
] as const;
const ruleOfWrongType: Record<(typeof contactFieldNames)[number], RuleName> = {
  first_name: 'name_field_length',
  last_name: 'name_field_length',
  email: 'email_format',
  phone: 'phone_format_if_provided',
  organization_name: 'organization_name_length',
  role_title: 'role_title_length',
  organization_size: 'organization_size_enum_constraint',
  current_solution: 'current_solution_length',
  preferred_demo_timing: 'preferred_demo_timing_length',
  notes: 'notes_length_limit',
};

describe('parseBooking', () => {
  it.each(contactFieldNames)('refuses a pair of surrogates in %s that something unseen divides', (field) => {
    // Cleaning takes the zero-width space out, which makes an emoji of them; what was typed is none.
    expect(brokenBooking({ [field]: 'Ka\uD83D\u200B\uDE00ri' })).toEqual([`${field}: forbidden_characters`]);
    expect(brokenBooking({ [field]: '\uDB40\u200B\uDC01' })).toEqual([`${field}: forbidden_characters`]);
  });

  it('gives every contact field in its one spelling', () => {
    expect(
      parseBooking({ ...whole, email: ' Kari.Berg@EXAMPLE.com ', first_name: ' A\u030Ase ' }, options),
    ).toEqual({
      ok: true,
      value: {
        ...whole,
        first_name: 'Åse',
        phone: '+4740612345',
        locale: null,
        attribution: null,
      },
    });
  });

  it('takes a booking of the required fields alone, the others null', () => {
    const result = parseBooking(required, options);
    expect(result.ok && Object.keys(result.value)).toEqual([...contactFieldNames, 'locale', 'attribution']);
    for (const name of optionalTexts) expect(result).toHaveProperty(['value', name], null);
  });

  it.each(['', '   ', '\u00A0\t', '\r\n', '\u200B\uFEFF', null])(
    'counts an optional field with %j as left out',
    (blank) => {
      for (const name of optionalTexts) {
        expect(parseBooking({ ...required, [name]: blank }, options)).toEqual(
          parseBooking(required, options),
        );
      }
    },
  );

  it.each(['', '   ', '\u00A0\t', '\u200B\uFEFF', '\u3164', '\u202E', null, undefined])(
    'counts a required field with %j as missing',
    (blank) => {
      for (const name of requiredContactFieldNames) {
        expect(brokenBooking({ [name]: blank })).toEqual([`${name}: required_fields_present`]);
      }
    },
  );

  it('tells all errors at once, one per field, in the order of the form', () => {
    const worst = Object.fromEntries(
      contactFieldNames.toReversed().map((name) => [name, `\u0000${'x'.repeat(9999)}`]),
    );
    expect(broken(parseBooking(worst, options))).toEqual([
      'first_name: forbidden_characters',
      'last_name: forbidden_characters',
      'email: forbidden_characters',
      'phone: forbidden_characters',
      'organization_name: forbidden_characters',
      'role_title: forbidden_characters',
      'organization_size: organization_size_enum_constraint',
      'current_solution: forbidden_characters',
      'preferred_demo_timing: forbidden_characters',
      'notes: forbidden_characters',
    ]);
  });

  it.each([
    [['Kari']],
    [{ toHTML: '<b>x</b>' }],
    [40612345],
    [0],
    [true],
    [false],
    [{ toString: null }],
    [[]],
    [{}],
  ])('refuses %j where a text is due, by the rule of the field', (value) => {
    for (const name of contactFieldNames) {
      expect(brokenBooking({ [name]: value })).toEqual([`${name}: ${ruleOfWrongType[name]}`]);
    }
    const result = parseBooking({ ...whole, notes: value }, options);
    expect(result).toHaveProperty(['errors', 0, 'message'], 'The value must be one text.');
  });

  it.each([
    ['first_name', limits.name, 'name_field_length'],
    ['last_name', limits.name, 'name_field_length'],
    ['organization_name', limits.organizationName, 'organization_name_length'],
    ['role_title', limits.roleTitle, 'role_title_length'],
    ['current_solution', limits.currentSolution, 'current_solution_length'],
    ['preferred_demo_timing', limits.preferredDemoTiming, 'preferred_demo_timing_length'],
    ['notes', limits.notes, 'notes_length_limit'],
  ] as const)('measures %s in code points after NFC and trimming, to %i', (name, most, rule) => {
    const character = fc.constantFrom('a', 'å', 'a\u030A', '👩', 'क', '鬱', 'o\u0308');
    fc.assert(
      fc.property(character, fc.constantFrom('', '  ', '\u00A0', '\uFEFF'), (one, around) => {
        const text = (count: number) => `${around}${one.repeat(count)}${around}`;
        expect(brokenBooking({ [name]: text(most) })).toEqual([]);
        expect(brokenBooking({ [name]: text(most + 1) })).toEqual([`${name}: ${rule}`]);
      }),
      { numRuns: 20 },
    );
  });

  it('counts a line break from a form as one character', () => {
    const notes = 'a\r\n'.repeat(limits.notes / 2 - 1);
    expect(parseBooking({ ...whole, notes: `${notes}aa` }, options)).toHaveProperty(
      'value.notes',
      `${notes.replaceAll('\r', '')}aa`,
    );
  });

  it('lets newlines and tabs into notes and current_solution only', () => {
    for (const name of ['notes', 'current_solution'] as const) {
      expect(parseBooking({ ...whole, [name]: 'a\n\tb' }, options)).toHaveProperty(['value', name], 'a\n\tb');
    }
    for (const name of [
      'first_name',
      'organization_name',
      'role_title',
      'preferred_demo_timing',
      'email',
      'phone',
    ]) {
      for (const text of ['a\nb', 'a\tb', 'a\rb', 'a\u2028b']) {
        expect(brokenBooking({ [name]: text })).toEqual([`${name}: forbidden_characters`]);
      }
    }
  });

  it('forgives the direction marks around a phone number from a contact card', () => {
    expect(parseBooking({ ...whole, phone: '\u202A+47 406 12 345\u202C' }, options)).toHaveProperty(
      'value.phone',
      '+4740612345',
    );
  });

  it.each(organizationSizes)('takes the size %s', (size) => {
    expect(brokenBooking({ organization_size: ` ${size} ` })).toEqual([]);
  });

  it.each(['mange', '1', '1–10', '1-10 ansatte', 'constructor'])('refuses the size %s', (size) => {
    expect(brokenBooking({ organization_size: size })).toEqual([
      'organization_size: organization_size_enum_constraint',
    ]);
  });

  it.each([
    ['nb', 'nb'],
    ['en', 'en'],
    ['sv', null],
    ['nb-NO', null],
    ['', null],
    [['nb'], null],
    [{ toString: 'nb' }, null],
  ])('reads the locale %j as %j, never as an error', (locale, read) => {
    expect(parseBooking({ ...whole, locale }, options)).toHaveProperty('value.locale', read);
  });

  it('keeps what marketing tells, and never fails over it', () => {
    const attribution = { utm_source: 'nyhetsbrev', utm_medium: ['x'], ny_kanal: 'x' };
    expect(parseBooking({ ...whole, attribution }, options)).toHaveProperty('value.attribution', {
      utm_source: 'nyhetsbrev',
    });
    expect(parseBooking({ ...whole, attribution: 'utm_source=x' }, options)).toHaveProperty(
      'value.attribution',
      null,
    );
  });

  it('ignores privileged and unknown fields', () => {
    const privileged = {
      ...{ id: 'x', status: 'converted', source: 'referral', masked_ref: 'x', ip_address: '198.51.100.77' },
      ...{
        confirmation_sent_at: 'x',
        created_at: 'x',
        booking_count: 9,
        version: 9,
        ny_sporing: [1],
        constructor: 1,
      },
    };
    expect(parseBooking({ ...whole, ...privileged }, options)).toEqual(parseBooking(whole, options));
  });

  it('reads own members only, and leaves every prototype as it was', () => {
    expect(broken(parseBooking(Object.create(whole), options))).toHaveLength(5);
    const polluting = JSON.parse('{"__proto__":{"first_name":"Kari","isAdmin":true}}');
    expect(broken(parseBooking(polluting, options))).toHaveLength(5);
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
    const result = parseBooking({ ...whole, ...polluting }, options);
    expect(result.ok && Object.getPrototypeOf(result.value)).toBe(Object.prototype);
  });

  it('takes a body without a prototype, as a form parser makes it', () => {
    expect(parseBooking(Object.assign(Object.create(null), whole), options).ok).toBe(true);
  });

  it.each([null, undefined, 'x', 7, [], [whole], () => whole])(
    'finds every required field missing in %j',
    (body) => {
      expect(broken(parseBooking(body, options))).toEqual(
        requiredContactFieldNames.map((name) => `${name}: required_fields_present`),
      );
    },
  );

  it('speaks the language that it is asked for', () => {
    expect(parseBooking({}, { ...options, locale: 'nb' })).toHaveProperty(
      'errors.0.message',
      'Fyll ut dette feltet.',
    );
    expect(parseBooking({}, { ...options, locale: 'en' })).toHaveProperty(
      'errors.0.message',
      'Fill in this field.',
    );
  });

  it('accepts what it has accepted before, unchanged', () => {
    const first = parseBooking({ ...whole, notes: 'a\r\nb\u00A0', email: 'Post@Blåbær.example' }, options);
    expect(first.ok && parseBooking(first.value, options)).toEqual(first);
  });
});
