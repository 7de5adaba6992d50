import { describe, expect, it } from 'vitest';
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
    expect(inertCell(text)).toBe(`'${text}`);
  });

  it.each(['Kari', 'Åse', '', '1+1', 'a=b', "'=1", 'Blåbær & Øl AS', '406 12 345', 'x\n=1', '(+47) 1'])(
    'that is text already stays as it is: %o',
    (text) => {
      expect(inertCell(text)).toBe(text);
    },
  );

  it.each(['=1+1', '+4740612345', "'=1", "'Kari", 'Kari', "'", ''])(
    'read back is what it was: %o',
    (text) => {
      expect(textOfCell(inertCell(text))).toBe(text === "'=1" ? '=1' : text);
    },
  );

  it('holds times as RFC 3339, numbers as they are and nothing for null', () => {
    expect([new Date(0), 12, null, undefined, -1].map(toCell)).toEqual([
      '1970-01-01T00:00:00.000Z',
      '12',
      '',
      '',
      "'-1",
    ]);
  });
});
