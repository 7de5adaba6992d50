import { describe, expect, it } from 'vitest';
import { typedFields } from './typed-fields.ts';

describe('what is kept of what was typed', () => {
  it('is the texts of known fields, as they came', () => {
    const body = {
      first_name: ' Kari ',
      notes: 'a\r\nb',
      phone: null,
      role_title: 7,
      utm: 'x',
      locale: 'nb',
    };
    expect(typedFields(body)).toEqual({ first_name: ' Kari ', notes: 'a\r\nb', locale: 'nb' });
  });

  it('has fields besides those of the form only where they are named', () => {
    const body = { email: 'kari@example.no', source: 'event', status: 'lost' };
    expect(typedFields(body)).toEqual({ email: 'kari@example.no' });
    expect(typedFields(body, ['source'])).toEqual({ email: 'kari@example.no', source: 'event' });
  });

  it.each(['nb-NO', '\u0000', '\ud800', { 'a\u0000': 1 }, ['nb'], null])(
    'is not a locale of %j',
    (locale) => {
      expect(typedFields({ locale })).toEqual({});
    },
  );

  it('is nothing of a body without fields of its own', () => {
    for (const body of [undefined, null, 'nb', [], Object.create({ notes: 'x' })])
      expect(typedFields(body)).toEqual({});
  });
});
