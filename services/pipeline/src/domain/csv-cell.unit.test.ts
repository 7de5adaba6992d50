import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportColumns } from '../handlers/export-leads.ts';
import { inertCell, textOfCell, toCell } from './csv-cell.ts';

describe('a cell', () => {
  it.each([
    ['EXP-01', '=1+1'],
    ['EXP-03', '\t=HYPERLINK("https://angriper.example";"klikk")'],
    ['EXP-07', '+4740612345'],
    ['minus', '-2+3'],
    ['at', '@SUM(1)'],
    ['a space before', '  =1+1'],
    ['a no-break space before', '\u00a0=1+1'],
    ['a line before', '\n=1+1'],
    ['a carriage return', '\rx'],
    ['a tab alone', '\tx'],
    ['a byte order mark before', '\ufeff=1+1'],
    ['a zero-width space before', '\u200b@x'],
    ['full width', '＝1+1'],
    ['full width plus', '＋47'],
    ['full width minus', '－1'],
    ['full width at', '＠x'],
    ['ideographic space and full width', '\u3000＝1'],
    ['a small form', '﹦1'],
    ['a real minus sign', '−1'],
  ])('that a spreadsheet would evaluate becomes text: %s', (_what, text) => {
    for (const column of ['first_name', 'phone', 'locale']) {
      expect(inertCell(text, column)).toBe(`'${text}`);
    }
  });

  it.each([
    'Kari',
    'Åse',
    '',
    'a=b',
    "'t Hooft",
    'Blåbær & Øl AS',
    'x\n=1',
    'Mai',
    '7-Eleven',
    '3T',
    'Studio 54',
  ])('that is text already stays as it is: %o', (text) => {
    expect(inertCell(text, 'organization_name')).toBe(text);
  });

  it.each([
    ...['+4740612345', '123456789012', '004740612345678', '1234567890123456', '40612345,40612346'],
    ...['406 12 345', 'tlf 406 12 345', '(+47) 40612345', '22 22 22 22 ext 5'],
  ])('EXP-07 that holds a phone is text, whatever its form: %o', (text) => {
    expect(inertCell(text, 'phone')).toBe(`'${text}`);
  });

  it('of any other column is not marked for looking like a number or a date', () => {
    for (const [column, text] of [
      ['organization_size', '1-10'],
      ['organization_name', '007'],
      ['notes', '1E5'],
      ['id', '01234567-0123-7012-8012-0123456789e5'],
      ['created_at', '2027-03-01T10:00:00.000Z'],
      ['booking_count', '12'],
    ] as const)
      expect(inertCell(text, column)).toBe(text);
  });

  it.each(['=1+1', '+4740612345', "'=1", "''007", "'Kari", 'Kari', "'", "''", ''])(
    'read back is what it was: %o',
    (text) => {
      for (const column of exportColumns) expect(textOfCell(inertCell(text, column), column)).toBe(text);
    },
  );

  it('read back from a file is what it was, in every column', () => {
    const teasing = fc.string({ unit: fc.constantFrom(..."''=+-@ \t\r\n\"007E5,;/.:mai＝５", 'a') });
    const row = fc.tuple(...exportColumns.map(() => fc.oneof(teasing, fc.string({ unit: 'binary' }))));
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 3 }), (rows) => {
        const cells = rows.map((texts) => texts.map((text, n) => toCell(text, exportColumns[n] ?? '')));
        const read: string[][] = parse(stringify(cells, { quoted: true }));
        expect(read.map((found) => found.map((cell, n) => textOfCell(cell, exportColumns[n] ?? '')))).toEqual(
          rows,
        );
      }),
    );
  });

  it('holds times as RFC 3339, numbers as they are and nothing for null', () => {
    expect([new Date(0), 12, null, undefined, -1].map((value) => toCell(value, 'booking_count'))).toEqual([
      '1970-01-01T00:00:00.000Z',
      '12',
      '',
      '',
      "'-1",
    ]);
  });
});
