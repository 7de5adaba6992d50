import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBooking, parseContactCorrection, parseSalesLead } from './booking.ts';
import type { ParseOptions } from './check-body.ts';
import { contactFieldNames, sources } from './fields.ts';
import { ruleNames } from './rules.ts';

const options: ParseOptions = { locale: 'en', phoneRegion: 'NO' };

const required = {
  first_name: 'Kari',
  last_name: 'Berg',
  email: 'kari.berg@example.com',
  organization_name: 'Blåbær & Øl AS',
  role_title: 'Koordinator',
};
const optionalTexts = [
  'phone',
  'organization_size',
  'current_solution',
  'preferred_demo_timing',
  'notes',
] as const;

/** The errors as `field: rule`, in their order. */
function broken(result: ReturnType<typeof parseSalesLead | typeof parseContactCorrection>): string[] {
  return result.ok ? [] : result.errors.map(({ field, rule }) => `${field}: ${rule}`);
}

/** A value that shows in any text that repeats it. */
const marker = 'qzJ7wX';
const fieldValue = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.anything({ withNullPrototype: true, withMap: true, withDate: true, withBigInt: true }),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }).map((text) => `${marker}${text}\u0000`) },
  { weight: 1, arbitrary: fc.constant(marker.repeat(1000)) },
  { weight: 1, arbitrary: fc.constant([marker, { [marker]: marker }]) },
);
const bodyWithOurFields = fc.record(
  Object.fromEntries(
    [...contactFieldNames, 'locale', 'attribution', 'source', 'status', '__proto__'].map((name) => [
      name,
      fieldValue,
    ]),
  ),
  { requiredKeys: [] },
);
const anyBody = fc.oneof(bodyWithOurFields, fc.jsonValue(), fc.anything({ withNullPrototype: true }));

describe('any parser', () => {
  it('never throws, and never repeats a value in an error', () => {
    fc.assert(
      fc.property(
        anyBody,
        fc.constantFrom(parseBooking, parseSalesLead, parseContactCorrection),
        (body, parse) => {
          const result = parse(body, options);
          if (result.ok) return;
          for (const { field, rule, message } of result.errors) {
            expect(Object.keys(Object(body)).concat(contactFieldNames, 'source')).toContain(field);
            expect(ruleNames).toContain(rule);
            expect(message).not.toContain(marker);
          }
          const fields = result.errors.map(({ field }) => field);
          expect(new Set(fields).size).toBe(fields.length);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('parseSalesLead', () => {
  it('takes a lead with its source', () => {
    const result = parseSalesLead({ ...required, source: 'event', locale: 'en' }, options);
    expect(result).toMatchObject({
      ok: true,
      value: { ...required, phone: null, source: 'event', locale: 'en' },
    });
    expect(result).not.toHaveProperty('value.attribution');
  });

  it.each(sources)('takes the source %s', (source) => {
    expect(parseSalesLead({ ...required, source }, options)).toHaveProperty('value.source', source);
  });

  it.each([
    [undefined, 'required_fields_present'],
    [null, 'required_fields_present'],
    ['', 'required_fields_present'],
    ['annonse', 'source_enum_constraint'],
    [['event'], 'source_enum_constraint'],
  ])('refuses the source %j with %s', (source, rule) => {
    expect(broken(parseSalesLead({ ...required, source }, options))).toEqual([`source: ${rule}`]);
  });

  it('names every field that sales may not set, behind the errors of the others', () => {
    const body = {
      status: 'converted',
      id: 'x',
      ...required,
      source: 'event',
      phone: 'ring meg',
      attribution: {},
    };
    expect(broken(parseSalesLead(body, options))).toEqual([
      'phone: phone_format_if_provided',
      'status: unknown_field',
      'id: unknown_field',
      'attribution: unknown_field',
    ]);
    expect(broken(parseSalesLead(JSON.parse('{"__proto__":1}'), options))).toContain(
      '__proto__: unknown_field',
    );
  });
});

describe('parseContactCorrection', () => {
  it('gives the fields that are there, and no others', () => {
    expect(parseContactCorrection({ phone: '21 23 45 67', last_name: ' Lie ' }, options)).toEqual({
      ok: true,
      value: { last_name: 'Lie', phone: '+4721234567' },
    });
  });

  it('takes no field as no change', () => {
    expect(parseContactCorrection({}, options)).toStrictEqual({ ok: true, value: {} });
    expect(parseContactCorrection({ phone: undefined }, options)).toStrictEqual({ ok: true, value: {} });
  });

  it.each([null, '', ' \u200B '])('clears an optional field with %j, and no required one', (blank) => {
    for (const name of optionalTexts) {
      expect(parseContactCorrection({ [name]: blank }, options)).toEqual({
        ok: true,
        value: { [name]: null },
      });
    }
    for (const name of ['first_name', 'last_name', 'organization_name', 'role_title']) {
      expect(broken(parseContactCorrection({ [name]: blank }, options))).toEqual([
        `${name}: required_fields_present`,
      ]);
    }
  });

  it.each([
    'id',
    'masked_ref',
    'created_at',
    'email',
    'status',
    'source',
    'locale',
    'version',
    'x',
    'constructor',
    'toString',
  ])('refuses to correct %s', (name) => {
    expect(broken(parseContactCorrection({ [name]: 'x' }, options))).toEqual([`${name}: unknown_field`]);
  });

  it('holds the same rules as the form', () => {
    expect(broken(parseContactCorrection({ first_name: 'x'.repeat(101), notes: [1] }, options))).toEqual([
      'first_name: name_field_length',
      'notes: notes_length_limit',
    ]);
  });
});
