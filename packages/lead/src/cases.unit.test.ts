import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import dedupeCases from '../../../test/cases/dedupe.json' with { type: 'json' };
import phoneCases from '../../../test/cases/phone.json' with { type: 'json' };
import validationCases from '../../../test/cases/validation.json' with { type: 'json' };
import { parseBooking } from './booking.ts';
import { normalizeEmail } from './email.ts';
import { processorTime } from './processor-time.fixture.test.ts';

/** The hard cases of test/cases/ that pure code can judge, each under its id. */

const base: Record<string, unknown> = {
  first_name: 'Kari',
  last_name: 'Berg',
  email: 'kari.berg@example.com',
  organization_name: 'Eksempel AS',
  role_title: 'Koordinator',
};

interface Case {
  id: string;
  input: { overlay?: object; overlay_json?: string; append_json?: string; body?: string };
  expected: { http_status: number[]; stored?: object; must?: string[] };
}

/** The body that the case posts, by the rules of cases/README.md. */
function bodyOf({ input }: Case): Record<string, unknown> {
  if (input.body !== undefined) return JSON.parse(input.body);
  const overlay = input.overlay_json === undefined ? (input.overlay ?? {}) : JSON.parse(input.overlay_json);
  const generated = Object.entries(overlay).map(([name, value]) => {
    const expression = (value as { $gen?: string } | null)?.$gen;
    return [name, expression === undefined ? value : runInNewContext(expression)];
  });
  const text = JSON.stringify({ ...base, ...Object.fromEntries(generated) });
  return JSON.parse(input.append_json === undefined ? text : text.replace(/\}$/, `,${input.append_json}}`));
}

/** What we decided: stored (a field and its value), or refused (a field and the rule). */
type Verdict = { stored: Record<string, unknown> } | { refused: Record<string, string> };
type Table = Record<string, [title: string, verdict: Verdict]>;

const stored = (fields: Record<string, unknown>): Verdict => ({ stored: fields });
const refused = (field: string, rule: string): Verdict => ({ refused: { [field]: rule } });
const badEmail = refused('email', 'email_format');
const asTyped = (phone: string) => stored({ phone });
const badPhone = refused('phone', 'phone_format_if_provided');

const validation: Table = {
  'VAL-01': ['takes an apostrophe in the local part', stored({ email: "siobhan.o'leary@example.com" })],
  'VAL-03': ['refuses a local part of 65 octets', refused('email', 'email_length_limit')],
  'VAL-05': ['refuses an address of 255 characters', refused('email', 'email_length_limit')],
  'VAL-07': ['refuses a quoted local part', badEmail],
  'VAL-09': ['refuses two addresses joined by a comma', badEmail],
  'VAL-11': ['refuses a display name around an address', badEmail],
  'VAL-13': ['refuses an address literal as domain', badEmail],
  'VAL-15': ['refuses a leading dot in the local part', badEmail],
  'VAL-17': ['refuses a trailing dot behind the domain', badEmail],
  'VAL-19': ['refuses a line break inside an address', refused('email', 'forbidden_characters')],
  'VAL-21': ['refuses a zero-width space behind an address', badEmail],
  'VAL-23': ['takes a newer top-level domain', stored({ email: 'post@fjell-og-vidde-eksempel.consulting' })],
  'VAL-25': ['takes Null for the surname that it is', stored({ last_name: 'Null' })],
  'VAL-27': ['counts a first name of spaces as missing', refused('first_name', 'required_fields_present')],
  'VAL-29': ['refuses a NUL in a name', refused('first_name', 'forbidden_characters')],
  'VAL-31': ['refuses half of a surrogate pair in a name', refused('first_name', 'forbidden_characters')],
  'VAL-33': ['refuses an array for an email', badEmail],
  'VAL-35': ['refuses an object with toHTML for a name', refused('first_name', 'name_field_length')],
  'VAL-37': [
    'ignores fields of the pipeline',
    stored({ status: undefined, masked_ref: undefined, ip_address: undefined }),
  ],
  'VAL-39': ['ignores a __proto__ member', stored({ status: undefined, isAdmin: undefined })],
  'VAL-41': [
    'refuses a size outside the list',
    refused('organization_size', 'organization_size_enum_constraint'),
  ],
  'VAL-43': ['decides quickly over an address made for backtracking', badEmail],
  'VAL-45': ['refuses a label of 5,000 letters', refused('email', 'email_length_limit')],
  'VAL-47': [
    'keeps Norwegian letters and hyphens',
    stored({ first_name: 'Åse-Øyvind', last_name: 'Ærø', organization_name: 'Blåbær & Øl AS' }),
  ],
  'VAL-49': [
    'tells every missing field of an empty object at once',
    {
      refused: Object.fromEntries(Object.keys(base).map((field) => [field, 'required_fields_present'])),
    },
  ],
  'VAL-51': [
    'keeps free text about timing as it is',
    stored({ preferred_demo_timing: 'tirsdag el. onsdag 14–16, uke 23 (ikke 17. mai!)' }),
  ],
  'VAL-53': [
    'counts empty optional fields as left out',
    stored({ phone: null, current_solution: null, notes: null }),
  ],
  'VAL-55': ['refuses notes of 20,000 letters and names the limit', refused('notes', 'notes_length_limit')],
  'VAL-57': ['refuses a right-to-left override in a name', refused('first_name', 'forbidden_characters')],
  'VAL-59': ['takes spaces around an address away', stored({ email: 'kari.lie@example.com' })],
};

const phone: Table = {
  'PHO-01': ['reads the usual Norwegian grouping', stored({ phone: '+4740612345' })],
  'PHO-03': ['reads 00 as +', stored({ phone: '+4740612345' })],
  'PHO-05': ['reads a country code without plus', stored({ phone: '+4740612345' })],
  'PHO-07': ['reads a country code in parentheses', stored({ phone: '+4740612345' })],
  'PHO-09': ['drops a zero in parentheses that Norway does not have', stored({ phone: '+4740612345' })],
  'PHO-11': ['drops the Swedish trunk zero', stored({ phone: '+46701740605' })],
  'PHO-13': ['keeps a Swedish national number as typed', asTyped('070-174 06 05')],
  'PHO-15': ['reads a British number with its trunk zero', stored({ phone: '+442079460018' })],
  'PHO-17': ['keeps the zero of a company number', stored({ phone: '+4702345' })],
  'PHO-19': ['keeps a machine number as typed', asTyped('58 00 00 12 34 56')],
  'PHO-21': ['refuses an emergency number', badPhone],
  'PHO-23': ['keeps a number with a digit too many as typed', asTyped('+47 406 12 3456')],
  'PHO-25': ['keeps two numbers as typed', asTyped('21 23 45 67 / 406 12 345')],
  'PHO-27': ['makes E.164 of a number with an extension', stored({ phone: '+4721234567' })],
  'PHO-29': ['reads the number behind a label', stored({ phone: '+4740612345' })],
  'PHO-31': ['reads no-break spaces', stored({ phone: '+4740612345' })],
  'PHO-33': ['reads a number of Svalbard', stored({ phone: '+4779021234' })],
  'PHO-35': ['refuses a JSON number', badPhone],
  'PHO-37': ['keeps a number of an unassigned country code as typed', asTyped('+999 12345678')],
  'PHO-39': ['reads a toll-free number', stored({ phone: '+4780012345' })],
};

function judge(table: Table, cases: readonly Case[]): void {
  it('judges every case of the file', () => {
    expect(Object.keys(table)).toEqual(cases.map(({ id }) => id));
  });

  for (const [id, [title, verdict]] of Object.entries(table)) {
    it(`${id} ${title}`, () => {
      const hardCase = cases.find((candidate) => candidate.id === id) as Case;
      const parse = () => parseBooking(bodyOf(hardCase), { locale: 'nb', phoneRegion: 'NO' });
      expect(processorTime(parse)).toBeLessThan(500);
      const result = parse();

      if ('stored' in verdict) {
        expect(hardCase.expected.http_status).toContain(202);
        expect(result.ok && result.value).toMatchObject(
          Object.fromEntries(Object.entries(verdict.stored).filter(([, value]) => value !== undefined)),
        );
        for (const [name, value] of Object.entries(verdict.stored)) {
          if (value === undefined) expect(result).not.toHaveProperty(['value', name]);
        }
      } else {
        expect(hardCase.expected.http_status).toContain(422);
        const errors = result.ok ? [] : result.errors;
        expect(Object.fromEntries(errors.map(({ field, rule }) => [field, rule]))).toEqual(verdict.refused);
        const named = (hardCase.expected.must ?? []).map(
          (promise) => /^error names the field (\w+)$/.exec(promise)?.[1],
        );
        for (const field of named) if (field !== undefined) expect(verdict.refused).toHaveProperty(field);
      }
    });
  }
}

describe('hard cases of validation', () => {
  judge(validation, validationCases as unknown as Case[]);

  it('VAL-39 leaves the prototype of every object alone', () => {
    parseBooking(bodyOf(validationCases.find(({ id }) => id === 'VAL-39') as unknown as Case), {
      locale: 'nb',
      phoneRegion: 'NO',
    });
    expect({}).not.toHaveProperty('isAdmin');
    expect({}).not.toHaveProperty('status');
  });

  it('VAL-55 names the limit in words that a person understands', () => {
    const result = parseBooking({ ...base, notes: 'å'.repeat(20_000) }, { locale: 'en', phoneRegion: 'NO' });
    expect(result).toHaveProperty('errors.0.message', 'Shorten this to at most 5,000 characters.');
  });
});

describe('hard cases of phone numbers', () => {
  judge(phone, phoneCases as unknown as Case[]);

  it('stores what the case names as stored, where the case knows one answer', () => {
    for (const { id, expected } of phoneCases as unknown as Case[]) {
      const verdict = phone[id]?.[1];
      // PHO-35 is refused, which the case names as an alternative.
      if (expected.stored === undefined || id === 'PHO-35') continue;
      expect(verdict, id).toEqual({ stored: expected.stored });
    }
  });
});

describe('hard cases of deduplication', () => {
  const keysOf = (wanted: string) => {
    const { input } = dedupeCases.find(({ id }) => id === wanted) as unknown as {
      input: { steps: { post_lead: { email: string } }[] };
    };
    return input.steps.map((step) => normalizeEmail(step.post_lead.email));
  };
  const same = (email: string) => [
    { ok: true, email },
    { ok: true, email },
  ];

  it('DED-01 folds the case of an address', () => {
    expect(keysOf('DED-01')).toEqual(same('kari.nordvik@example.com'));
  });

  it('DED-03 refuses a letter beyond ASCII before the @, composed and decomposed', () => {
    expect(keysOf('DED-03').map(({ ok }) => ok)).toEqual([false, false]);
  });

  it('DED-05 gives a domain and its punycode one key', () => {
    expect(keysOf('DED-05')).toEqual(same('post@xn--blbr-roah.example.org'));
  });

  it('DED-07 keeps plus tags apart', () => {
    expect(keysOf('DED-07')).toEqual([
      { ok: true, email: 'ola+demo@example.com' },
      { ok: true, email: 'ola@example.com' },
    ]);
  });

  it('DED-09 refuses a Kelvin sign, which is no k', () => {
    expect(keysOf('DED-09').map(({ ok }) => ok)).toEqual([true, false]);
  });

  it('DED-11 refuses a dotted capital I, however it is spelled', () => {
    expect(keysOf('DED-11').map(({ ok }) => ok)).toEqual([false, false]);
  });

  it('DED-15 gives null for what the second submission leaves out, so that the first stays', () => {
    const second = parseBooking(base, { locale: 'nb', phoneRegion: 'NO' });
    expect(second).toMatchObject({ ok: true, value: { phone: null, notes: null } });
  });
});
