import { describe, expect, it } from 'vitest';
import { claimedConfirmation as delivery } from '../testing/claimed-confirmation.ts';
import type { ClaimedDelivery } from './delivery.ts';
import { messageId, supersededBy } from './delivery.ts';
import { calendarOf, demoTime, localeOf, type MailSettings, mailboxesOf, mailValues } from './mail.ts';

const settings: MailSettings = {
  from: { name: 'Meander', address: 'no-reply@meander.example' },
  publicBaseUrl: 'https://meander.example/demo',
  salesEmail: 'sales@meander.example',
  salesLocale: 'en',
};

const demo = {
  at: new Date('2027-03-26T12:00:00Z'),
  minutes: 45,
  location: null,
  sequence: 1,
  cancelled: false,
};
const invited: ClaimedDelivery = { ...delivery, template: 'demo_invitation', demo_sequence: 1, demo };

describe('what a mail shows', () => {
  it('EML-03 is inert in every value that was typed', () => {
    const typed = 'Klikk https://angriper.example/premie';
    const values = mailValues(
      {
        ...delivery,
        first_name: typed,
        last_name: typed,
        organization_name: typed,
        role_title: typed,
        email: 'kari@angriper.example',
        current_solution: typed,
        preferred_demo_timing: typed,
        notes: `${typed}\n${typed}`,
      },
      settings,
    );
    expect(JSON.stringify(values)).not.toContain('angriper.example');
    expect(values.notes?.split('\n')).toHaveLength(2);
  });

  it('EML-13 links to the configured address, path and all', () => {
    for (const publicBaseUrl of ['https://meander.example/demo', 'https://meander.example/demo/']) {
      expect(mailValues(delivery, { ...settings, publicBaseUrl }).confirmation_url).toBe(
        `https://meander.example/demo/confirmation/${'A'.repeat(22)}`,
      );
    }
  });

  it('opens a place only where it is a web address and nothing else', () => {
    const urlOf = (location: string) =>
      mailValues({ ...invited, demo: { ...demo, location } }, settings).demo?.url;
    expect(urlOf('https://meet.example.com/a?b=c')).toBe('https://meet.example.com/a?b=c');
    expect(urlOf('javascript:alert(1)')).toBeNull();
    expect(urlOf('Storgata 1, se https://example.com')).toBeNull();
    expect(urlOf('https://example.com/"><b>')).toBeNull();
  });

  it('is the lead’s language, or that of the setting for sales', () => {
    expect(localeOf(delivery, settings)).toBe('nb');
    expect(localeOf({ ...delivery, locale: 'en' }, settings)).toBe('en');
    expect(localeOf({ ...delivery, locale: 'nb', template: 'sales_alert' }, settings)).toBe('en');
  });

  it.each([
    ['2027-03-26T12:00:00Z', 'fredag 26. mars 2027 kl. 13:00 (norsk tid)', 'nb'],
    ['2027-03-29T11:00:00Z', 'mandag 29. mars 2027 kl. 13:00 (norsk tid)', 'nb'],
    ['2027-10-31T00:30:00Z', 'søndag 31. oktober 2027 kl. 02:30 (norsk tid)', 'nb'],
    ['2027-03-26T12:00:00Z', 'Friday 26 March 2027 at 13:00 (Norwegian time)', 'en'],
  ] as const)('%s is %s', (at, text, locale) => {
    expect(demoTime(new Date(at), locale).replace('Friday, ', 'Friday ')).toBe(text);
  });
});

describe('who gets it', () => {
  it('is one mailbox, whatever the name holds (EML-11)', () => {
    const named = { ...delivery, first_name: 'Kari, Ola', last_name: 'www.angriper.example; Hansen' };
    const { to, replyTo } = mailboxesOf(named, settings);
    expect(to.address).toBe('kari@example.com');
    expect(to.name).not.toContain('angriper.example');
    expect(replyTo?.address).toBe('sales@meander.example');
    expect(mailboxesOf(delivery, { ...settings, salesEmail: undefined }).replyTo).toBeUndefined();
  });

  it('is sales for an alert, and an answer goes to the lead', () => {
    const { to, replyTo } = mailboxesOf({ ...delivery, template: 'sales_alert' }, settings);
    expect([to.address, replyTo?.address]).toEqual(['sales@meander.example', 'kari@example.com']);
  });
});

describe('an invitation', () => {
  const now = new Date('2027-03-01T00:00:00Z');
  const rendered = { subject: 'Demo', text: 'Hei', html: '' };

  it('brings one appointment by the lead’s public reference, never its id', () => {
    const calendar = calendarOf(invited, rendered, settings, now)?.content ?? '';
    expect(calendar).toContain(`UID:demo-${'A'.repeat(22)}@meander.example`);
    expect(calendar).toContain('SEQUENCE:1');
    expect(calendar).not.toContain(delivery.lead_id);
    expect(calendarOf(delivery, rendered, settings, now)).toBeUndefined();
  });

  it('is not sent where it would be wrong', () => {
    expect(supersededBy(invited, now)).toBeUndefined();
    expect(supersededBy({ ...invited, demo_sequence: 0 }, now)).toBe('another time was set');
    expect(supersededBy({ ...invited, status: 'lost' }, now)).toBe('the lead has moved on');
    expect(supersededBy({ ...invited, demo: null }, now)).toBe('the demo has no time');
    expect(supersededBy(invited, demo.at)).toBe('the demo is over');
    expect(supersededBy({ ...invited, demo: { ...demo, sequence: 2, cancelled: true } }, now)).toBe(
      'the demo was called off',
    );
    expect(supersededBy(delivery, now)).toBeUndefined();
  });
});

describe('a cancellation', () => {
  const now = new Date('2027-03-01T00:00:00Z');
  const cancelled: ClaimedDelivery = {
    ...invited,
    ...{ template: 'demo_cancellation', demo_sequence: 2, status: 'lost' },
    demo: { ...demo, sequence: 2, cancelled: true },
  };

  it('is of the same appointment', () => {
    const rendered = { subject: 'Avlyst', text: 'Hei', html: '' };
    const [before, after] = [invited, cancelled].map((one) => calendarOf(one, rendered, settings, now));
    expect([before?.method, after?.method]).toEqual(['REQUEST', 'CANCEL']);
    const uidOf = (content = '') => /^UID:(.+)$/m.exec(content)?.[1];
    expect(uidOf(after?.content)).toBe(uidOf(before?.content));
    expect(after?.content).toContain('SEQUENCE:2');
  });

  it('is not sent where it would be wrong', () => {
    expect(supersededBy(cancelled, now)).toBeUndefined();
    expect(supersededBy({ ...cancelled, status: 'demo_scheduled' }, now)).toBeUndefined();
    expect(supersededBy({ ...cancelled, invited: false }, now)).toBe('nobody was invited');
    expect(supersededBy({ ...cancelled, demo: { ...demo, sequence: 3 } }, now)).toBe('another time was set');
    expect(supersededBy(cancelled, demo.at)).toBe('the demo is over');
  });
});

it('a Message-ID is that of the delivery, at our domain', () => {
  expect(messageId('x', 'post@meander.example')).toBe('<x@meander.example>');
});
