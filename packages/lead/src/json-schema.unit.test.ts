import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { ObjectSchema } from 'joi';
import { describe, expect, it } from 'vitest';
import { correctionSchema, salesLeadSchema } from './booking.ts';
import { checkBody } from './check-body.ts';
import { demoSchema } from './demo.ts';
import { limits, organizationSizes, sources } from './fields.ts';
import { toJsonSchema } from './judged.ts';
import { hasForbiddenCharacters, normalizeText } from './text.ts';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false });

/** A text as it is kept: what JSON Schema speaks of, since it knows nothing of trimming and NFC. */
const cleanText = (most: number) =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: most + 3, size: 'max' })
    .map((text) => normalizeText(text, { multiline: false }))
    .filter((text) => text !== '' && !hasForbiddenCharacters(text, { multiline: false }));
const stranger = fc.oneof(fc.integer(), fc.boolean(), fc.constant([]), fc.constant({}));
/** Mostly right, so that each fault is met alone as well as with others. */
const mostly = <T>(right: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 8, arbitrary: right as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: stranger });
const optional = (right: fc.Arbitrary<unknown>) => mostly(fc.oneof(right, fc.constant(null)));

const contact = {
  first_name: mostly(cleanText(limits.name)),
  last_name: mostly(cleanText(limits.name)),
  organization_name: mostly(cleanText(limits.organizationName)),
  role_title: mostly(cleanText(limits.roleTitle)),
  phone: optional(fc.constant('+4740612345')),
  organization_size: optional(fc.constantFrom(...organizationSizes, '11-51')),
  preferred_demo_timing: optional(cleanText(limits.preferredDemoTiming)),
  current_solution: optional(cleanText(limits.currentSolution)),
};
const cases: [string, ObjectSchema, Record<string, fc.Arbitrary<unknown>>][] = [
  [
    'a lead that sales enters',
    salesLeadSchema,
    {
      ...contact,
      email: mostly(fc.constant('kari@example.no')),
      source: mostly(fc.constantFrom(...sources, 'x')),
    },
  ],
  ['a correction', correctionSchema, contact],
  [
    'the time of a demo',
    demoSchema,
    {
      demo_at: mostly(fc.constant('2026-03-27T13:00:00+01:00')),
      demo_minutes: optional(fc.integer({ min: 0, max: 600 })),
      demo_location: optional(cleanText(limits.demoLocation)),
    },
  ],
];

describe('the JSON Schema of a body', () => {
  it.each(cases)('judges %s as its joi schema does', (_name, schema, fields) => {
    const validate = ajv.compile(toJsonSchema(schema));
    const strange = fc.dictionary(fc.constantFrom('status', 'id'), fc.constant('x'), { maxKeys: 1 });
    const bodies = fc.tuple(fc.record(fields, { requiredKeys: [] }), fc.oneof(fc.constant({}), strange));
    const whole = fc.tuple(fc.record(fields), fc.constant({}));
    const verdicts = new Set<boolean>();
    fc.assert(
      fc.property(fc.oneof(whole, bodies), ([known, unknown]) => {
        const body = { ...known, ...unknown };
        const judged = checkBody(schema, body, { locale: 'en', phoneRegion: 'NO' });
        verdicts.add(judged.ok);
        expect(validate(body), JSON.stringify([judged, validate.errors])).toBe(judged.ok);
      }),
      { numRuns: 500 },
    );
    expect(verdicts.size, 'both verdicts were met').toBe(2);
  });
});
