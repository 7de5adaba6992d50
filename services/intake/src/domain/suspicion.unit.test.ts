import { describe, expect, it } from 'vitest';
import { holdsLink } from './suspicion.ts';

describe('a web address in a person’s name', () => {
  it.each([
    'https://angriper.example/premie',
    'HTTP://ANGRIPER.EXAMPLE',
    'Klikk her: ftp://x',
    'www.angriper.example',
    'WWW2.Angriper.Example',
    'vinn på angriper.example nå',
    'meg@angriper.example',
    'mailto:meg',
    'Finn.no',
    'FINN.NO',
    'EXAMPLE.COM',
    'Example.com/win',
    'Vinn på BIT.LY/x',
    'Vinn-Penger.NO/a?b=c',
    'Hent Gevinst.xyz',
    'G.co/x',
    't.me/vinn',
    '1.no',
    'blåbær.no',
    'Blåbær.no',
    'пример.рф',
    '例子.中国',
    'example．com',
    'example。com',
    'exam\u200Bple.com',
    'ｗｗｗ．example．com',
    '192.0.2.1/x',
    'Se 192.0.2.1',
    'angriper.example:8080/x',
  ])('is one: %s', (name) => expect(holdsLink(name)).toBe(true));

  it.each([
    'Kari',
    'J.R.',
    'J. R. Olsen-Nygård',
    'J.R.R. Tolkien',
    'Dr.Hansen',
    'St.John',
    'ST.JOHN',
    'A.Hansen/B.Olsen',
    'Dr.De Vries',
    'Kari N.Berg',
    "O'Leary",
    'Åse-Øyvind',
    'Berg, f. 1970',
    'Ola Nordmann (jr.)',
    '李小龍',
    'Э.Т.А. Гофман',
    '1.2.3',
    'Kari & Ola',
  ])('is none: %s', (name) => expect(holdsLink(name)).toBe(false));

  it('is looked for in time that grows with the name, and no faster', () => {
    const longest = [
      `${'a-'.repeat(50)}`,
      `${'a.'.repeat(50)}`,
      `${'1.'.repeat(50)}`,
      `${'A1-'.repeat(33)}.`,
    ];
    for (const name of longest) expect(typeof holdsLink(name)).toBe('boolean');
  });
});
