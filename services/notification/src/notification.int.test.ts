import { createEvent, createId, createMaskedRef } from '@meander/lead';
import type { HttpService } from '@meander/runtime';
import { createStack, type SmtpSink, type Stack, startSmtpSink, waitUntil } from '@meander/testing';
import { simpleParser } from 'mailparser';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadNotificationConfig } from './config.ts';
import { createService } from './service.ts';

let stack: Stack;
let sink: SmtpSink;
let service: HttpService;

beforeAll(async () => {
  stack = await createStack();
});

afterAll(() => stack.drop());

const start = async (env: Record<string, string> = {}) => {
  const started = createService(
    loadNotificationConfig({
      ...stack.env,
      SMTP_URL: sink.url,
      PUBLIC_BASE_URL: 'https://meander.example/demo',
      ...env,
    }),
  );
  await started.start();
  return started;
};

beforeEach(async () => {
  sink = await startSmtpSink();
  service = await start();
});

afterEach(async () => {
  await service.stop();
  await sink.stop();
});

const booked = (leadId: string) =>
  createEvent('LeadCreated', {
    id: createId(),
    time: new Date(),
    source: 'intake',
    leadId,
    data: {
      version: 1,
      status: 'new',
      booking_count: 1,
      submission_id: createId(),
      booked_at: new Date().toISOString(),
    },
  });

/** A lead and its event, as intake would have committed them; the service's own relay publishes it. */
async function book(overlay: Record<string, unknown> = {}) {
  const id = createId();
  const lead = {
    id,
    first_name: 'Kari',
    last_name: 'Moe',
    email: `${id}@example.com`,
    organization_name: 'Moe AS',
    role_title: 'Koordinator',
    masked_ref: createMaskedRef(),
    locale: 'nb',
    ...overlay,
  };
  const event = booked(id);
  await stack.db.transaction(async (trx) => {
    await trx('leads').insert(lead);
    await trx('messaging.outbox').insert({
      event_id: event.id,
      type: event.type,
      routing_key: 'lead.created',
      subject: id,
      event: JSON.stringify(event),
    });
    // As a service tells the relay of another one.
    await trx.raw('NOTIFY meander_outbox');
  });
  return { ...lead, eventId: event.id };
}

const deliveryOf = (leadId: string) => stack.db('notification.deliveries').where({ lead_id: leadId }).first();
const leadOf = (id: string) => stack.db('leads').where({ id }).first();
const mailTo = (address: string) => sink.mails.find(({ to }) => to.includes(address));

describe('a booking', () => {
  it('reaches its mailbox, in its language, and is stamped on the server’s 250', async () => {
    const lead = await book();
    const mail = await waitUntil('the mail is there', () => mailTo(lead.email));
    expect(mail.to).toEqual([lead.email]);
    const parsed = await simpleParser(mail.source);
    expect(parsed.subject).toBe('Vi har mottatt bestillingen fra Moe AS');
    expect(parsed.text).toContain('Hei Kari,');
    expect(parsed.html).toContain(`https://meander.example/demo/confirmation/${lead.masked_ref}`);
    expect(parsed.text).toContain(`https://meander.example/demo/confirmation/${lead.masked_ref}`);
    expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');

    const stamped = await waitUntil('the lead is stamped', async () => {
      const row = await leadOf(lead.id);
      return row.confirmation_sent_at ? row : undefined;
    });
    expect(stamped.confirmation_sent_at >= stamped.created_at).toBe(true);
    const delivery = await deliveryOf(lead.id);
    expect(delivery).toMatchObject({ state: 'sent', attempts: 1, last_response_code: 250 });
    expect(parsed.messageId).toBe(delivery.message_id);
    const types = await stack.db('messaging.outbox').where({ subject: lead.id }).orderBy('id').pluck('type');
    expect(types).toEqual(['LeadCreated', 'ConfirmationSent']);
  });

  it('is answered in English where that is the form’s language', async () => {
    const lead = await book({ locale: 'en' });
    const mail = await waitUntil('the mail is there', () => mailTo(lead.email));
    const parsed = await simpleParser(mail.source);
    expect(parsed.subject).toBe('We have received the booking from Moe AS');
    expect(parsed.text).toContain('Hello Kari,');
  });

  it('EML-05 shows signs as they were typed in subject and text, and escaped once in HTML', async () => {
    const lead = await book({ first_name: "D'Arcy", organization_name: 'Berg & Dahl AS' });
    const mail = await waitUntil('the mail is there', () => mailTo(lead.email));
    const parsed = await simpleParser(mail.source);
    expect(parsed.subject).toContain('Berg & Dahl AS');
    expect(parsed.text).toContain("Hei D'Arcy,");
    expect(parsed.text).not.toMatch(/&(amp|#x27);/);
    expect(parsed.html).toContain('Berg &amp; Dahl AS');
  });

  it('EML-01 EML-03 EML-07 EML-11 carries no markup, link, template or second recipient that was typed', async () => {
    const lead = await book({
      first_name: '<img src=x onerror=alert(1)>{{constructor}}',
      last_name: 'Nordmann; Hansen, Ola',
      organization_name: 'Klikk https://angriper.example/premie',
    });
    const mail = await waitUntil('the mail is there', () => mailTo(lead.email));
    expect(mail.to).toEqual([lead.email]);
    const parsed = await simpleParser(mail.source);
    expect(parsed.html).toContain('&lt;img');
    expect(parsed.html).not.toContain('<img');
    expect(parsed.text).toContain('{{constructor}}');
    for (const part of [parsed.subject, parsed.text, parsed.html]) {
      expect(part).not.toContain('https://angriper.example');
      expect(part).not.toContain('angriper.example');
    }
    expect(mail.source.match(/^To:/gim)).toHaveLength(1);
    expect(mail.source).not.toMatch(/^B?Cc:/im);
  });

  it('BRO-11 is mailed once, however often its event arrives', async () => {
    const lead = await book();
    await waitUntil('it is stamped', async () => (await leadOf(lead.id)).confirmation_sent_at);
    await stack.db('messaging.outbox').where({ event_id: lead.eventId }).update({ published_at: null });
    const after = await book();
    await waitUntil('a later one is sent', () => mailTo(after.email));
    expect(sink.mails.filter(({ to }) => to.includes(lead.email))).toHaveLength(1);
  });

  it('that was erased meanwhile gets no mail and blocks nobody', async () => {
    const ghost = booked(createId());
    await stack.db('messaging.outbox').insert({
      event_id: ghost.id,
      type: ghost.type,
      routing_key: 'lead.created',
      subject: ghost.subject,
      event: JSON.stringify(ghost),
    });
    const lead = await book();
    await waitUntil('the next one is sent', () => mailTo(lead.email));
    expect(await deliveryOf(ghost.subject)).toBeUndefined();
  });
});

describe('a mail server', () => {
  it('SMT-03 that refuses the recipient for good ends the delivery at once, and the lead stays', async () => {
    sink.onRecipient = () => ({ code: 550, text: '5.1.1 user unknown' });
    const lead = await book();
    const delivery = await waitUntil('it has failed', async () => {
      const row = await deliveryOf(lead.id);
      return row?.state === 'failed' ? row : undefined;
    });
    expect(delivery).toMatchObject({ attempts: 1, last_response_code: 550 });
    expect(await leadOf(lead.id)).toMatchObject({ confirmation_sent_at: null, status: 'new' });
    const types = await stack.db('messaging.outbox').where({ subject: lead.id }).orderBy('id').pluck('type');
    expect(types).toEqual(['LeadCreated', 'ConfirmationFailed']);
  });

  it('SMT-01 that asks to come later gets the mail later, once, under the same Message-ID', async () => {
    sink.onRecipient = () => ({ code: 450, text: '4.2.0 Greylisted' });
    const lead = await book();
    const waiting = await waitUntil('it waits', async () => {
      const row = await deliveryOf(lead.id);
      return row?.state === 'retrying' ? row : undefined;
    });
    const wait = waiting.next_attempt_at.getTime() - waiting.updated_at.getTime();
    expect(wait).toBeGreaterThan(45_000);
    expect(wait).toBeLessThan(75_000);
    sink.onRecipient = () => undefined;
    await stack
      .db('notification.deliveries')
      .where({ id: waiting.id })
      .update({ next_attempt_at: stack.db.fn.now() });
    const mail = await waitUntil('the mail is there', () => mailTo(lead.email));
    expect((await simpleParser(mail.source)).messageId).toBe(waiting.message_id);
    await waitUntil('it is stamped', async () => (await leadOf(lead.id)).confirmation_sent_at);
    expect(await deliveryOf(lead.id)).toMatchObject({ state: 'sent', attempts: 2 });
  });

  it('that is away costs the mail no attempt', async () => {
    await service.stop();
    service = await start({ SMTP_URL: 'smtp://127.0.0.1:1' });
    const lead = await book();
    const delivery = await waitUntil('it waits', async () => {
      const row = await deliveryOf(lead.id);
      return row?.state === 'retrying' ? row : undefined;
    });
    expect(delivery).toMatchObject({ attempts: 0, last_response_code: null });
  });
});

it('takes a delivery over whose sender has died', async () => {
  await service.stop();
  const lead = await book();
  await stack.db('notification.deliveries').insert({
    id: createId(),
    event_id: lead.eventId,
    lead_id: lead.id,
    template: 'confirmation',
    message_id: `<${lead.id}@test>`,
    state: 'sending',
    attempts: 1,
    lease_until: stack.db.raw("now() - interval '1 second'"),
  });
  service = await start();
  await waitUntil('the mail is there', () => mailTo(lead.email));
  await waitUntil('it is settled', async () => (await deliveryOf(lead.id)).state === 'sent');
  expect(await deliveryOf(lead.id)).toMatchObject({ attempts: 2 });
});

it('alerts sales where an address for that is set', async () => {
  await service.stop();
  service = await start({ SALES_EMAIL: 'sales@meander.example' });
  const lead = await book();
  const alert = await simpleParser(
    (await waitUntil('the alert is there', () => mailTo('sales@meander.example'))).source,
  );
  expect(alert.subject).toBe('Ny bestilling: Moe AS');
  const mail = await simpleParser((await waitUntil('the mail is there', () => mailTo(lead.email))).source);
  expect(mail.replyTo?.text).toBe('sales@meander.example');
});
