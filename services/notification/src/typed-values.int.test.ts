import { hasForbiddenCharacters, type Locale, locales, normalizeText } from '@meander/lead';
import { type SmtpSink, startSmtpSink } from '@meander/testing';
import fc from 'fast-check';
import LinkifyIt from 'linkify-it';
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMailer } from './adapters/mailer.ts';
import { createRenderer } from './adapters/templates.ts';
import { type ClaimedDelivery, type Template, templates } from './domain/delivery.ts';
import { calendarOf, localeOf, type MailSettings, mailboxesOf, mailValues } from './domain/mail.ts';
import { claimedConfirmation } from './testing/claimed-confirmation.ts';

const from = { name: 'Meander', address: 'no-reply@meander.example' };
const never = new AbortController().signal;
const render = createRenderer();
const linkifier = new LinkifyIt({ fuzzyIP: true });
const visible = (text: string | undefined) => (text ?? '').replaceAll('\u2060', '').replace(/\s+/g, ' ');

const plain = {
  ...{ first_name: 'Kari', last_name: 'Moe', organization_name: 'Moe AS', role_title: 'Koordinator' },
  ...{ preferred_demo_timing: 'mandag', current_solution: 'Excel', notes: 'Hei' },
};
type Typed = typeof plain;

let sink: SmtpSink;
let mailer: ReturnType<typeof createMailer>;
beforeAll(async () => {
  sink = await startSmtpSink();
  mailer = createMailer({ smtpUrl: sink.url, connections: 1, from });
});
afterAll(async () => {
  mailer.close();
  await sink.stop();
});

function compose(template: Template, locale: Locale, typed: Typed) {
  const settings: MailSettings = {
    ...{ from, publicBaseUrl: 'https://meander.example', salesEmail: 'sales@meander.example' },
    salesLocale: locale,
  };
  const demo = { at: new Date('2027-03-26T12:00:00Z'), minutes: 45, location: 'Storgata 1', sequence: 0 };
  const delivery: ClaimedDelivery = {
    ...{ ...claimedConfirmation, template, locale, ...typed },
    ...{ demo_sequence: 0, demo: { ...demo, cancelled: template === 'demo_cancellation' } },
  };
  const rendered = render(template, localeOf(delivery, settings), mailValues(delivery, settings));
  const calendar = calendarOf(delivery, rendered, settings, new Date('2027-03-01T00:00:00Z'));
  return { ...rendered, ...mailboxesOf(delivery, settings), messageId: '<x@meander.example>', calendar };
}

/** Sends it to a real server, and reads what that has got. */
async function arrived(template: Template, locale: Locale, typed: Typed) {
  expect((await mailer.send(compose(template, locale, typed), never)).kind).toBe('accepted');
  const received = sink.mails.at(-1);
  if (!received) throw new Error('no mail');
  return { ...received, parsed: await simpleParser(received.source) };
}

/** What the reader's program is told by a mail, apart from the words that people read. */
function frameOf({ source, to, parsed }: { source: string; to: string[]; parsed: ParsedMail }) {
  const [head = ''] = source.split('\r\n\r\n');
  const calendar = parsed.attachments.find(({ contentType }) => contentType === 'text/calendar');
  const lines = calendar?.content.toString().replaceAll('\r\n ', '').split('\r\n') ?? [];
  return {
    recipients: to,
    headers: head.split('\r\n').flatMap((line) => /^[\w-]+(?=:)/.exec(line) ?? []),
    mailboxes: [parsed.to, parsed.replyTo].flatMap((box) =>
      (box as AddressObject).value.map(({ address }) => address),
    ),
    tags: String(parsed.html)
      .match(/<[^>]*>/g)
      ?.filter((tag) => tag !== '<br>'),
    links: linkifier.match(parsed.text ?? '')?.map(({ url }) => url),
    calendar: lines.map((line) => /^[A-Z-]+/.exec(line)?.[0]),
    encodedWords: lines.filter((line) => line.includes('=?')).map((line) => line.split(':')[0]),
  };
}

const namesIn = (box: AddressObject | AddressObject[] | undefined) =>
  (box as AddressObject).value.map(({ name }) => visible(name));

async function expectOnlyWords(template: Template, locale: Locale, typed: Typed) {
  const [mail, usual] = [await arrived(template, locale, typed), await arrived(template, locale, plain)];
  const { encodedWords, ...frame } = frameOf(mail);
  const { encodedWords: _, ...usualFrame } = frameOf(usual);
  expect(frame).toEqual(usualFrame);
  // The description alone is no candidate for a header.
  expect(encodedWords.filter((name) => name !== 'DESCRIPTION')).toEqual([]);

  const { subject, to, replyTo } = compose(template, locale, typed);
  expect(visible(mail.parsed.subject)).toBe(visible(subject).trim());
  expect(visible(subject)).toContain(visible(typed.organization_name));
  expect(namesIn(mail.parsed.to)).toEqual([visible(to.name)]);
  expect(namesIn(mail.parsed.replyTo)).toEqual([visible(replyTo?.name)]);
  const lead = template === 'sales_alert' ? replyTo : to;
  expect(visible(lead?.name)).toBe(visible(`${typed.first_name} ${typed.last_name}`));
}

/** A text as intake lets it in. */
function typedText(pieces: readonly string[], most: number, isMultiline: boolean): fc.Arbitrary<string> {
  return fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'grapheme', maxLength: 5 })), {
      minLength: 1,
      maxLength: most,
    })
    .map((parts) => normalizeText(parts.join(''), { multiline: isMultiline }))
    .filter((text) => text !== '' && !hasForbiddenCharacters(text, { multiline: isMultiline }));
}

const nasty = [
  ...[
    '=',
    '?',
    '=?',
    '?=',
    '=?utf-8?',
    '=?UTF-8?Q?',
    'utf-8',
    'B',
    'Q',
    '?B?',
    '_',
    '=0D=0ABcc:x',
    '=E2=80=AE',
  ],
  ...[
    'aHR0cHM6Ly9hbmdyaXBlci5leGFtcGxl',
    '=?utf-8?B?aHR0cHM6Ly9hbmdyaXBlci5leGFtcGxl?=',
    '=?utf-8?Q?a=0D=0Ab?=',
  ],
  ...[' ', ' ', 'é', '💥', '"', '\\', ',', ';', ':', '<', '>', '(', ')', '@', 'Bcc: x', '%0D%0A', '^n', "^'"],
  ...[
    'angriper.example',
    'https://angriper.example',
    '<b>',
    '<a href="x">',
    '{{first_name}}',
    '&lt;',
    "'",
    '`',
  ],
];

describe.each(templates.flatMap((template) => locales.map((locale) => [template, locale] as const)))(
  '%s in %s',
  (template, locale) => {
    it('lets what a visitor typed be words for the reader, and nothing else', async () => {
      const [line, lines] = [typedText(nasty, 8, false), typedText([...nasty, '\n'], 12, true)];
      const typed: fc.Arbitrary<Typed> = fc.record({
        ...{ first_name: line, last_name: line, organization_name: line, role_title: line },
        ...{ preferred_demo_timing: line, current_solution: lines, notes: lines },
      });
      await fc.assert(
        fc.asyncProperty(typed, (values) => expectOnlyWords(template, locale, values)),
        { numRuns: 40 },
      );
    });
  },
);

describe('an encoded-word that a visitor typed', () => {
  it.each([
    '=?utf-8?B?aHR0cHM6Ly9hbmdyaXBlci5leGFtcGxl?=',
    '=?utf-8?Q?a=0D=0ABcc:x?=',
    '=?utf-8?Q?=E2=80=AEabc?= AS',
    '=?us-ascii?q?x?=',
    '=?utf-8*en?Q?b?=',
    '=?utf-8?Q?a b?=',
    'é =?utf-8?B?aHR0cHM6Ly9hbmdyaXBlci5leGFtcGxl?=',
  ])('%s is shown as it was typed', async (text) => {
    const names = { first_name: text, last_name: text, organization_name: text };
    for (const template of templates) await expectOnlyWords(template, 'nb', { ...plain, ...names });
  });

  it('is none where two names make it up', async () => {
    for (const [first_name, last_name] of [
      ['=', '?utf-8?Q?a?='],
      ['=?utf-8?Q?a', 'b?='],
      ['=?utf-8', '?Q?a?='],
    ] as const) {
      const names = { ...plain, first_name, last_name };
      for (const template of templates) await expectOnlyWords(template, 'nb', names);
    }
  });
});
