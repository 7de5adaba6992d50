import { describe, expect, it } from 'vitest';
import { headerObject, readHeaders } from './headers.ts';

const subject = (value: string | Buffer) =>
  readHeaders(Buffer.concat([Buffer.from('Subject: '), Buffer.from(value), Buffer.from('\r\n\r\nbody')]))[0]
    ?.value;

describe('readHeaders', () => {
  it('reads no further than the first empty line', () => {
    const names = readHeaders(Buffer.from('A: 1\r\nb : 2\r\n\r\nC: 3')).map(({ name }) => name);
    expect(names).toEqual(['a', 'b']);
  });

  it.each([
    ['plain', 'Hello', 'Hello'],
    ['UTF-8 as it is', 'Blåbær på Åre', 'Blåbær på Åre'],
    ['Latin-1 as it is', Buffer.from('Blåbær', 'latin1'), 'Blåbær'],
    ['folded', 'a\r\n long\r\n\tline', 'a long\tline'],
    ['base64', '=?UTF-8?B?QmzDpWLDpnI=?=', 'Blåbær'],
    ['quoted', '=?utf-8?q?Bl=C3=A5b=C3=A6r_til_=C3=98ystein?=', 'Blåbær til Øystein'],
    ['Latin-1', '=?iso-8859-1?Q?=C5se?=', 'Åse'],
    ['a language', '=?utf-8*nb?Q?=C3=85se?=', 'Åse'],
    ['words beside text', 'Hei =?utf-8?q?=C3=85se?= og Ola', 'Hei Åse og Ola'],
    ['two words, the space between them not meant', '=?utf-8?q?=C3=85?=\r\n =?utf-8?q?se?=', 'Åse'],
    ['two words of two charsets', '=?utf-8?q?=C3=85?= =?iso-8859-1?q?=D8?=', 'ÅØ'],
    ['a letter cut in two', '=?utf-8?q?=C3?= =?utf-8?q?=85se?=', 'Åse'],
    ['an unknown charset', '=?klingon?q?abc?=', 'abc'],
    ['what only looks like a word', '=?utf-8?x?abc?= =?', '=?utf-8?x?abc?= =?'],
  ])('decodes %s', (_, sent, read) => {
    expect(subject(sent)).toBe(read);
  });

  it('passes over a line that is no header', () => {
    expect(readHeaders(Buffer.from('From nobody Mon\r\nnonsense\r\nA: 1\r\n'))).toEqual([
      { name: 'a', value: '1' },
    ]);
  });
});

describe('headerObject', () => {
  it('gives a string, or all of them in order where a name stands several times', () => {
    const headers = readHeaders(
      Buffer.from('Received: b\r\nSubject: x\r\nRECEIVED: a\r\n__proto__: own\r\n\r\n'),
    );
    const object = headerObject(headers);
    expect(object).toMatchObject({ received: ['b', 'a'], subject: 'x' });
    expect(Object.getOwnPropertyDescriptor(object, '__proto__')?.value).toBe('own');
  });
});
