import fc from 'fast-check';
import type { SendMailOptions } from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import { describe, expect, it } from 'vitest';
import { mimeSource } from './mime-source.ts';

/** What differs from one composition to the next: the marks between the parts, and the date. */
const fixed = { baseBoundary: 'part', date: new Date(0), messageId: '<one@meander.example>' };
const compose = (mail: SendMailOptions) => new MailComposer({ ...fixed, ...mail }).compile();

async function expectTheLibrarysOwn(mail: SendMailOptions) {
  const built = await compose(mail).build();
  expect(mimeSource(compose(mail)).toString('latin1')).toBe(built.toString('latin1'));
}

const line = fc.string({ unit: 'grapheme', maxLength: 120 });
const text = fc
  .array(line, { maxLength: 12 })
  .chain((lines) =>
    fc.constantFrom('\n', '\r\n', '\r', ' \n', '\n.\n').map((between) => lines.join(between)),
  );

describe('the source of a mail', () => {
  it.each<[string, SendMailOptions]>([
    ['nothing', {}],
    ['an empty text', { text: '' }],
    ['a text alone', { text: 'Hei' }],
    ['a text that ends its line', { text: 'Hei\n' }],
    ['a text that ends in the middle of a line break', { text: 'å\r' }],
    ['a page that ends in the middle of the last of many', { html: '<p>å\r\r' }],
    ['a long line', { text: 'a'.repeat(2_000), html: `<p>${'ø'.repeat(2_000)}</p>` }],
    ['lines of dots', { text: '.\n..\n.\r\n', html: '.\n' }],
    ['spaces at the end of lines', { text: 'Hei \nder\t\n ', html: '<p>å </p> ' }],
    [
      'a calendar',
      { text: 'Hei', html: '<p>å</p>', icalEvent: { method: 'REQUEST', content: 'BEGIN:VCALENDAR\r\n' } },
    ],
    [
      'a calendar of many lines, in other scripts',
      { text: '中', html: '中', icalEvent: { method: 'CANCEL', content: 'SUMMARY:中文 ø\r\n'.repeat(90) } },
    ],
  ])('with %s is the library’s own', async (_, mail) => {
    await expectTheLibrarysOwn(mail);
  });

  it('is the library’s own, whatever is in it', async () => {
    const mails = fc.record(
      {
        from: fc.record({ name: line, address: fc.emailAddress() }),
        to: fc.record({ name: line, address: fc.emailAddress() }),
        subject: line,
        text,
        html: text,
        icalEvent: fc.record({
          method: fc.constantFrom('REQUEST', 'CANCEL'),
          content: text.filter((content) => content !== ''),
        }),
        textEncoding: fc.constant('quoted-printable' as const),
      },
      { requiredKeys: [] },
    );
    await fc.assert(fc.asyncProperty(mails, expectTheLibrarysOwn), { numRuns: 300 });
  });

  it('is not made of what is no text', () => {
    expect(() => mimeSource(compose({ text: { path: '/etc/hostname' } }))).toThrow('not a text');
  });
});
