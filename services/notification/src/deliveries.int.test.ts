import { createId } from '@meander/lead';
import { createLogger, type HttpService, type Logger } from '@meander/runtime';
import {
  beginErasure,
  freePort,
  type SmtpAct,
  type SmtpScript,
  type SmtpStage,
  startSmtpScript,
  waitUntil,
} from '@meander/testing';
import { simpleParser } from 'mailparser';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDeliveryQueue } from './adapters/delivery-queue.ts';
import type { ClaimedDelivery } from './domain/delivery.ts';
import { createRig, type Rig } from './testing/rig.ts';

let rig: Rig;
let smtp: SmtpScript;

beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig.drop());

beforeEach(async () => {
  smtp = await startSmtpScript();
});
afterEach(async () => {
  await rig.stopAll();
  await smtp.stop();
  await rig.stack.db('notification.deliveries').delete();
});

const start = (env: Record<string, string> = {}, overrides = {}) =>
  rig.start({ SMTP_URL: smtp.url, ...env }, overrides);

/** A logger that keeps what it is told. */
function keepLines(): {
  logger: Logger;
  lines: { level: string; about: Record<string, unknown>; message: string }[];
} {
  const lines: { level: string; about: Record<string, unknown>; message: string }[] = [];
  const at = (level: string) => (about: unknown, message?: string) => {
    lines.push({ level, about: about as Record<string, unknown>, message: message ?? '' });
  };
  const logger = {
    ...createLogger('test', 'silent'),
    warn: at('warn'),
    error: at('error'),
    info: at('info'),
  };
  return { logger: logger as unknown as Logger, lines };
}

const copiesOf = (address: string) => smtp.received.filter(({ to }) => to.includes(address));
const acceptedOf = (address: string) => smtp.accepted.filter(({ to }) => to.includes(address));
const messageIdOf = (source: string) => /^Message-ID: (.+)$/im.exec(source)?.[1];
const ready = async (service: HttpService) =>
  (await (await fetch(`http://127.0.0.1:${service.port}/readyz`)).json()) as {
    status: string;
    checks: Record<string, string>;
  };

describe('a relay that is not there at the start', () => {
  it('is said before the first mail, and makes nobody unready', async () => {
    const service = await start({ SMTP_URL: `smtp://127.0.0.1:${await freePort()}` });
    await waitUntil('readiness says so', async () => (await ready(service)).checks.mail === 'down');
    await waitUntil('it is ready', async () => (await ready(service)).status === 'ready');
    expect((await ready(service)).checks).toMatchObject({ mail: 'down', mail_access: 'up' });
  });

  it('is told from one that refuses our login', async () => {
    smtp.act = (stage) => (stage === 'auth' ? { code: 535, text: '5.7.8 No' } : undefined);
    const service = await start({ SMTP_URL: smtp.url.replace('smtp://', 'smtp://meander:wrong@') });
    await waitUntil('readiness says so', async () => (await ready(service)).checks.mail_access === 'down');
    await waitUntil('it is ready', async () => (await ready(service)).status === 'ready');
    expect((await ready(service)).checks).toMatchObject({ mail: 'up', mail_access: 'down' });
  });
});

describe('a mail whose outcome is unknown', () => {
  it('SMT-05 is sent once more under the same Message-ID, and that is said', async () => {
    let dropped = false;
    smtp.act = (stage) => {
      if (stage !== 'message' || dropped) return undefined;
      dropped = true;
      return 'close';
    };
    const { logger, lines } = keepLines();
    await start({}, { logger });
    const lead = await rig.book();
    const waiting = await rig.until(lead.id, 'waits', ({ state }) => state === 'retrying');
    expect(waiting).toMatchObject({ last_outcome: 'unknown', unknown_outcomes: 1, attempts: 1 });
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: expect.stringMatching(/outcome of a mail is unknown/),
      }),
    );
    await rig.dueNow(waiting.id);
    await rig.until(lead.id, 'is sent', ({ state }) => state === 'sent');
    const copies = copiesOf(lead.email);
    expect(copies).toHaveLength(2);
    expect(new Set(copies.map(({ source }) => messageIdOf(source)))).toEqual(new Set([waiting.message_id]));
  });

  it.each<[string, SmtpAct]>([
    ['always drops it', 'close'],
    ['answers it with nothing that is an answer', { code: 354, text: 'hm' }],
  ])('SMT-05 is not sent in a loop by a server that %s', async (_what, act) => {
    smtp.act = (stage) => (stage === 'message' ? act : undefined);
    await start();
    const lead = await rig.book();
    const waiting = await rig.until(lead.id, 'waits', ({ state }) => state === 'retrying');
    await rig.dueNow(waiting.id);
    const failed = await rig.until(lead.id, 'has failed', ({ state }) => state === 'failed');
    expect(failed).toMatchObject({ last_outcome: 'unknown', unknown_outcomes: 2 });
    expect(copiesOf(lead.email)).toHaveLength(2);
  });
});

it('SMT-07 a connection reset inside the message is tried again, and the mail arrives once', async () => {
  smtp.resetBodyAfter = 200;
  await start();
  const lead = await rig.book();
  const waiting = await rig.until(lead.id, 'waits', ({ state }) => state === 'retrying');
  expect(waiting.last_outcome).toBe('deferred');
  smtp.resetBodyAfter = undefined;
  await rig.dueNow(waiting.id);
  await rig.until(lead.id, 'is sent', ({ state }) => state === 'sent');
  expect(copiesOf(lead.email)).toHaveLength(1);
});

it('SMT-11 an outage of the relay costs no attempt, and its end starts slowly', async () => {
  await smtp.stop();
  const port = await freePort();
  const service = await rig.start({ SMTP_URL: `smtp://127.0.0.1:${port}` });
  const leads = await Promise.all(Array.from({ length: 20 }, () => rig.book()));
  // Readiness alone may say what was found before there was a mail.
  await waitUntil('a mail has found it away', async () => {
    const [row] = await rig.stack.db('notification.deliveries').where({ last_outcome: 'away' });
    return row;
  });
  expect((await ready(service)).checks.mail).toBe('down');
  smtp = await startSmtpScript({ port });
  const began = performance.now();
  await waitUntil('all are sent', () => smtp.accepted.length >= 20);
  for (const lead of leads) {
    expect(acceptedOf(lead.email)).toHaveLength(1);
    expect(await rig.until(lead.id, 'is settled', ({ state }) => state === 'sent')).toMatchObject({
      attempts: 1,
    });
  }
  expect(performance.now() - began).toBeGreaterThan(1_500);
  expect((await ready(service)).checks.mail).toBe('up');
});

it('SMT-13 a wrong password keeps every mail, raises one alert, and is over when it is right', async () => {
  smtp.act = (stage) => (stage === 'auth' ? { code: 535, text: '5.7.8 Authentication failed' } : undefined);
  const { logger, lines } = keepLines();
  const service = await start({ SMTP_URL: smtp.url.replace('//', '//kari:secret@') }, { logger });
  const leads = await Promise.all([rig.book(), rig.book(), rig.book()]);
  await waitUntil('sending pauses', async () => (await ready(service)).checks.mail_access === 'down');
  const alerts = () => lines.filter(({ level, about }) => level === 'error' && about.reason === 'login');
  await waitUntil('an alert is raised', () => alerts().length > 0);
  for (const lead of leads) {
    const row = await rig.deliveryOf(lead.id);
    if (row)
      expect(row).toMatchObject({ attempts: 0, state: expect.stringMatching(/pending|sending|retrying/) });
  }
  smtp.act = () => undefined;
  for (const lead of leads) await rig.until(lead.id, 'is sent', ({ state }) => state === 'sent');
  expect(smtp.accepted).toHaveLength(3);
  expect(alerts()).toHaveLength(1);
  expect(lines.map(({ message }) => message).join()).not.toContain('secret');
});

it.each<[SmtpStage, number, string]>([
  ['sender', 550, '5.7.1 Sender refused'],
  ['recipient', 553, '5.7.1 <no-reply@meander.example>: Sender address rejected: not owned by user meander'],
  ['recipient', 554, '5.7.1 Service unavailable; Client host [192.0.2.4] blocked using zen.spamhaus.org'],
  ['recipient', 550, '5.4.5 Daily user sending limit exceeded'],
  ['message', 550, '5.7.60 SMTP; Client does not have permissions to send as this sender'],
])(
  'a relay that refuses us at %s with %i %s pauses everybody, fails nobody, and hammers nobody',
  async (at, code, text) => {
    smtp.act = (stage) => (stage === at ? { code, text } : undefined);
    const service = await start();
    const lead = await rig.book();
    await waitUntil('sending pauses', async () => (await ready(service)).checks.mail_access === 'down');
    smtp.act = () => undefined;
    expect(await rig.until(lead.id, 'is sent', ({ state }) => state === 'sent')).toMatchObject({
      attempts: 1,
    });
  },
);

it('a relay that denies one recipient relaying fails nobody and holds nobody else back', async () => {
  smtp.act = (stage, { line }) =>
    stage === 'recipient' && line.includes('denied')
      ? { code: 554, text: '5.7.1 Relay access denied' }
      : undefined;
  await start();
  const denied = await rig.book({ email: `denied-${createId()}@example.com` });
  const other = await rig.book();
  await rig.until(other.id, 'is sent', ({ state }) => state === 'sent');
  expect(await rig.until(denied.id, 'waits', ({ state }) => state === 'retrying')).toMatchObject({
    attempts: 0,
    last_outcome: 'own_fault',
  });
});

it('what the server said is kept without the address', async () => {
  smtp.act = (stage, { line }) =>
    stage === 'recipient' ? { code: 550, text: `5.1.1 ${/<.*>/.exec(line)?.[0]}: no such user` } : undefined;
  await start();
  const lead = await rig.book();
  const failed = await rig.until(lead.id, 'has failed', ({ state }) => state === 'failed');
  expect(failed.last_response).toBe(`550 5.1.1 <${lead.id.slice(0, 1)}•••@example.com>: no such user`);
});

it('a code that is none is not kept, and the mail is not sent again and again', async () => {
  smtp.act = (stage) => (stage === 'recipient' ? { code: 55_099_999_999_999, text: 'x' } : undefined);
  await start();
  const lead = await rig.book();
  expect(await rig.until(lead.id, 'waits', ({ state }) => state === 'retrying')).toMatchObject({
    attempts: 1,
    last_outcome: 'deferred',
    last_response_code: null,
    last_response: '55099999999999 x',
  });
});

it('an answer that the database refuses costs no second mail', async () => {
  const { db } = rig.stack;
  await db.raw(`
    ALTER TABLE notification.deliveries ADD CONSTRAINT no_poem CHECK (last_response NOT LIKE '%poem%')`);
  try {
    smtp.act = (stage) => (stage === 'message' ? { code: 250, text: 'a poem' } : undefined);
    await start();
    const lead = await rig.book();
    expect(await rig.until(lead.id, 'is sent', ({ state }) => state === 'sent')).toMatchObject({
      attempts: 1,
      last_outcome: 'accepted',
      last_response_code: null,
      last_response: null,
    });
    expect(copiesOf(lead.email)).toHaveLength(1);
  } finally {
    await db.raw('ALTER TABLE notification.deliveries DROP CONSTRAINT no_poem');
  }
});

it('SMT-15 no mail is ever addressed beyond ASCII: the database refuses such a lead', async () => {
  await expect(rig.addLead({ email: 'kåre.vik@example.com' })).rejects.toMatchObject({
    constraint: 'email_format',
  });
});

it('a lead that is erased while its mail is written down gets none, which is no fault', async () => {
  const { logger, lines } = keepLines();
  await start({}, { logger });
  const { id } = await rig.addLead();
  const erasure = await beginErasure(rig.stack.db, id);
  const event = rig.booked(id);
  await rig.tell(event);
  await erasure.commitOnceAwaited();
  await waitUntil('the event is remembered', () =>
    rig.stack.db('messaging.inbox').where({ event_id: event.id }).first(),
  );
  expect(await rig.deliveries(id)).toEqual([]);
  expect(lines.filter(({ level }) => level !== 'info')).toEqual([]);
});

describe('several senders', () => {
  it('share the mails, and send each once', async () => {
    await Promise.all([start(), start(), start()]);
    const leads = await Promise.all(Array.from({ length: 40 }, () => rig.book()));
    await waitUntil('all are sent', () => smtp.accepted.length >= 40);
    for (const lead of leads) expect(acceptedOf(lead.email)).toHaveLength(1);
  });

  it('keep a mail that takes long: its lease is renewed, and no second sender takes it', async () => {
    const held = Promise.withResolvers<void>();
    smtp.act = async (stage) => {
      if (stage === 'message') await held.promise;
      return undefined;
    };
    await Promise.all([start(), start()]);
    const lead = await rig.book();
    const row = await rig.until(lead.id, 'is being sent', ({ state }) => state === 'sending');
    const leaseOf = async () =>
      (await rig.stack.db('notification.deliveries').where({ id: row.id }).first('lease_until')).lease_until;
    const first = await leaseOf();
    await waitUntil('the lease is renewed twice', async () => (await leaseOf()) > new Date(+first + 3_500));
    held.resolve();
    await rig.until(lead.id, 'is sent', ({ state }) => state === 'sent');
    expect(copiesOf(lead.email)).toHaveLength(1);
  });

  it('a sender that lost its lease changes nothing, unless the server took the mail', async () => {
    const taken = Promise.withResolvers<void>();
    smtp.act = async (stage) => {
      if (stage !== 'message') return undefined;
      await taken.promise;
      return { code: 451, text: '4.3.0 later' };
    };
    await start();
    const lead = await rig.book();
    await waitUntil('it is under way', () => copiesOf(lead.email).length === 1);
    const row = await rig.until(lead.id, 'is being sent', ({ state }) => state === 'sending');
    const stolen = createId();
    await rig.stack.db('notification.deliveries').where({ id: row.id }).update({ claim_id: stolen });
    taken.resolve();
    // It settles what it has in hand.
    await rig.stopAll();
    expect(await rig.stack.db('notification.deliveries').where({ id: row.id }).first()).toMatchObject({
      state: 'sending',
      claim_id: stolen,
      attempts: 0,
    });
  });
});

describe('the cap of one mailbox', () => {
  const statesOf = async (leads: { id: string }[]) =>
    (await Promise.all(leads.map(({ id }) => rig.deliveryOf(id)))).map((row) => row?.state);

  it('counts a confirmation that was asked for again like any other', async () => {
    await start();
    const lead = await rig.book();
    const requested = () =>
      rig.eventOf('ConfirmationRequested', lead.id, {
        version: 1,
        booking_count: 1,
        requested_at: new Date().toISOString(),
      });
    const decided = (count: number) =>
      waitUntil(`${count} are decided`, async () => {
        const rows = await rig.deliveries(lead.id);
        return rows.filter(({ state }) => state === 'sent' || state === 'suppressed').length === count;
      });
    await decided(1);
    for (const count of [2, 3, 4]) {
      await rig.tell(requested());
      await decided(count);
    }
    const states = (await rig.deliveries(lead.id)).map(({ state }) => state);
    expect(states).toEqual(['sent', 'sent', 'sent', 'suppressed']);
  });

  it('is three confirmations in 24 hours, over all its plus tags; more are suppressed', async () => {
    await start();
    const mailbox = createId();
    const leads = [];
    for (const tag of ['', '+a', '+b', '+a+c', '+d']) {
      const lead = await rig.book({ email: `${mailbox}${tag}@example.com` });
      await rig.until(lead.id, 'is decided', ({ state }) => state === 'sent' || state === 'suppressed');
      leads.push(lead);
    }
    expect(await statesOf(leads)).toEqual(['sent', 'sent', 'sent', 'suppressed', 'suppressed']);
    const other = await rig.book({ email: `${mailbox}@example.org` });
    await rig.until(other.id, 'is sent', ({ state }) => state === 'sent');
  });

  it('holds for bookings at one instant, at two copies of the service', async () => {
    await Promise.all([start(), start()]);
    const mailbox = createId();
    const leads = await Promise.all(
      Array.from({ length: 8 }, (_, n) => rig.book({ email: `${mailbox}+${n}@example.com` })),
    );
    for (const lead of leads) {
      await rig.until(lead.id, 'is decided', ({ state }) => state === 'sent' || state === 'suppressed');
    }
    expect((await statesOf(leads)).filter((state) => state === 'sent')).toHaveLength(3);
  });

  it('does not count what failed, nor what was sent longer ago', async () => {
    smtp.act = (stage) => (stage === 'recipient' ? { code: 550, text: '5.1.1 no' } : undefined);
    await start();
    const lead = await rig.book();
    const rebook = async () => {
      const event = rig.booked(lead.id);
      await rig.tell(event);
      return waitUntil('it is decided', async () => {
        const row = (await rig.deliveries(lead.id)).find(({ event_id }) => event_id === event.id);
        return row && !['pending', 'sending'].includes(row.state) ? row.state : undefined;
      });
    };
    await rig.until(lead.id, 'has failed', ({ state }) => state === 'failed');
    for (let n = 0; n < 3; n += 1) expect(await rebook()).toBe('failed');
    smtp.act = () => undefined;
    for (let n = 0; n < 3; n += 1) expect(await rebook()).toBe('sent');
    expect(await rebook()).toBe('suppressed');
    await rig.stack
      .db('notification.deliveries')
      .where({ lead_id: lead.id, state: 'sent' })
      .update({ updated_at: rig.stack.db.raw("now() - interval '25 hours'") });
    expect(await rebook()).toBe('sent');
  });
});

describe('an event that never arrived', () => {
  /** As the broker lost it: published, and nobody has it. */
  const lost = (minutes: number) => ({
    created_at: rig.stack.db.raw(`now() - interval '${minutes} minutes'`),
    published_at: rig.stack.db.raw(`now() - interval '${minutes} minutes'`),
  });

  it('is read from the outbox after ten minutes, and once by however many copies', async () => {
    const lead = await rig.addLead();
    const event = rig.booked(lead.id);
    await rig.tell(event, lost(11));
    const young = await rig.addLead();
    await rig.tell(rig.booked(young.id), lost(9));
    await Promise.all([start(), start(), start()]);
    await rig.until(lead.id, 'is sent', ({ state }) => state === 'sent');
    expect(copiesOf(lead.email)).toHaveLength(1);
    expect(await rig.deliveryOf(young.id)).toBeUndefined();

    await rig.stack.db('messaging.outbox').where({ event_id: event.id }).update({ published_at: null });
    const after = await rig.book();
    await rig.until(after.id, 'is sent', ({ state }) => state === 'sent');
    expect(copiesOf(lead.email)).toHaveLength(1);
  });

  it('of a lead that sales entered asks for nothing then either', async () => {
    const entered = await rig.addLead();
    const event = rig.booked(entered.id, { submission_id: null });
    await rig.tell(event, lost(30));
    await start();
    await waitUntil('it has been seen', () =>
      rig.stack.db('messaging.inbox').where({ event_id: event.id }).first(),
    );
    expect(await rig.deliveryOf(entered.id)).toBeUndefined();
  });
});

describe('an invitation', () => {
  const schedule = async (leadId: string, overlay: Record<string, unknown> = {}) => {
    await rig.stack.db('leads').where({ id: leadId }).update({ status: 'demo_scheduled' });
    const demo = {
      lead_id: leadId,
      demo_at: '2127-03-26T13:00:00+01:00',
      minutes: 30,
      location: 'Storgata 1, Oslo',
      set_by: 'key:x',
      sequence: 0,
      ...overlay,
    };
    await rig.stack.db('pipeline.demos').insert(demo).onConflict('lead_id').merge();
    return demo;
  };
  const moved = (leadId: string, demo_sequence: number) =>
    rig.tell(
      rig.eventOf('LeadStatusChanged', leadId, {
        version: 2,
        from: 'new',
        to: 'demo_scheduled',
        moved_at: new Date().toISOString(),
        moved_by: 'key:x',
        demo_sequence,
      }),
    );
  const changed = (leadId: string, demo_sequence: number) =>
    rig.tell(
      rig.eventOf('LeadUpdated', leadId, {
        version: 3,
        fields: ['demo'],
        updated_at: new Date().toISOString(),
        updated_by: 'key:x',
        demo_sequence,
      }),
    );
  const cancelled = (leadId: string, demo_cancelled_sequence: number) =>
    rig.tell(
      rig.eventOf('LeadUpdated', leadId, {
        ...{ version: 3, fields: ['demo'], updated_at: new Date().toISOString(), updated_by: 'key:x' },
        demo_cancelled_sequence,
      }),
    );
  const calendarsOf = async (address: string) =>
    Promise.all(
      acceptedOf(address).map(async ({ source }) => {
        const { attachments } = await simpleParser(source);
        return attachments.find(({ filename }) => filename === 'invite.ics')?.content.toString('utf8') ?? '';
      }),
    );

  it('brings the demo into the calendar, and a changed time replaces it', async () => {
    await start({ SALES_EMAIL: 'sales@meander.example' });
    const lead = await rig.addLead();
    await schedule(lead.id);
    await moved(lead.id, 0);
    await waitUntil('the invitation is there', () => acceptedOf(lead.email).length === 1);
    await schedule(lead.id, { demo_at: '2127-04-02T13:00:00+02:00', sequence: 1 });
    await changed(lead.id, 1);
    await waitUntil('the change is there', () => acceptedOf(lead.email).length === 2);
    const [first = '', second = ''] = await calendarsOf(lead.email);
    const uid = /^UID:(.+)$/m.exec(first)?.[1];
    expect(uid).toContain(lead.masked_ref);
    expect(/^UID:(.+)$/m.exec(second)?.[1]).toBe(uid);
    expect(first).toMatch(/^SEQUENCE:0\r$/m);
    expect(first).toMatch(/^DTSTART:21270326T120000Z\r$/m);
    expect(first).toMatch(/^LOCATION:Storgata 1\\, Oslo\r$/m);
    expect(second).toMatch(/^SEQUENCE:1\r$/m);
    expect(second).toMatch(/^DTSTART:21270402T110000Z\r$/m);
    const mail = await simpleParser(acceptedOf(lead.email)[1]?.source ?? '');
    expect(mail.subject).toMatch(/^Nytt tidspunkt/);
    expect(mail.text).toContain('kl. 13:00 (norsk tid)');
  });

  it('is taken out of the calendar again where the demo is called off: the same appointment', async () => {
    await start();
    const lead = await rig.addLead({ locale: 'en' });
    await schedule(lead.id);
    await moved(lead.id, 0);
    await waitUntil('the invitation is there', () => acceptedOf(lead.email).length === 1);
    await schedule(lead.id, { sequence: 1, cancelled_at: new Date() });
    await rig.stack.db('leads').where({ id: lead.id }).update({ status: 'lost' });
    await cancelled(lead.id, 1);
    await waitUntil('the cancellation is there', () => acceptedOf(lead.email).length === 2);
    const mail = await simpleParser(acceptedOf(lead.email)[1]?.source ?? '');
    expect(mail.subject).toBe(`Cancelled: demo of Meander for ${lead.organization_name}`);
    expect(mail.text).toContain('at 13:00 (Norwegian time)');
    const content =
      mail.attachments.find(({ filename }) => filename === 'cancel.ics')?.content.toString() ?? '';
    for (const line of ['METHOD:CANCEL', 'STATUS:CANCELLED', 'SEQUENCE:1', 'DTSTART:21270326T120000Z'])
      expect(content).toContain(`${line}\r\n`);
    const [first = ''] = await calendarsOf(lead.email);
    expect(/^UID:(.+)$/m.exec(content)?.[1]).toBe(/^UID:(.+)$/m.exec(first)?.[1]);
  });

  it('that has not been sent by then is neither sent nor cancelled', async () => {
    const lead = await rig.addLead();
    await schedule(lead.id, { sequence: 1, cancelled_at: new Date() });
    await moved(lead.id, 0);
    await cancelled(lead.id, 1);
    await start();
    await waitUntil('both are settled', async () => {
      const states = (await rig.deliveries(lead.id)).map(({ state }) => state);
      return states.join() === 'suppressed,suppressed';
    });
    expect(acceptedOf(lead.email)).toEqual([]);
  });

  /** A lead whose demo was called off, and both mails about it as they are written down. */
  const calledOff = async (invitation: Record<string, unknown> = {}) => {
    const lead = await rig.addLead({ locale: 'en' });
    await schedule(lead.id, { sequence: 1, cancelled_at: new Date() });
    for (const [demo_sequence, template] of ['demo_invitation', 'demo_cancellation'].entries())
      await rig.stack.db('notification.deliveries').insert({
        id: createId(),
        event_id: createId(),
        lead_id: lead.id,
        template,
        message_id: `<${createId()}@test>`,
        demo_sequence,
        ...(demo_sequence === 0 ? invitation : {}),
      });
    return lead;
  };

  it.each([
    {
      kind: 'whose sender has died',
      invitation: { state: 'sending', lease_until: new Date(0), claim_id: createId() },
    },
    {
      kind: 'whose outcome was unknown once',
      invitation: { state: 'retrying', unknown_outcomes: 1, attempts: 2, last_outcome: 'deferred' },
    },
  ])('$kind may have arrived, and is cancelled', async ({ invitation }) => {
    const lead = await calledOff(invitation);
    await start();
    await waitUntil('both are settled', async () => {
      const states = (await rig.deliveries(lead.id)).map(({ state }) => state);
      return states.join() === 'suppressed,sent';
    });
    expect(acceptedOf(lead.email).map(({ source }) => source)).toEqual([
      expect.stringMatching(/^Subject: Cancelled: demo of/m),
    ]);
  });

  it('that one sender has in hand holds its cancellation back from every other', async () => {
    const { db } = rig.stack;
    await calledOff();
    const [one, other] = [createDeliveryQueue(db), createDeliveryQueue(db)];
    const [invitation] = await one.claim(2, []);
    expect(invitation).toMatchObject({ template: 'demo_invitation', demo: { cancelled: true } });
    expect(await other.claim(2, [])).toEqual([]);
    await one.suppress(invitation as ClaimedDelivery);
    expect(await other.claim(2, [])).toEqual([
      expect.objectContaining({ template: 'demo_cancellation', invited: false }),
    ]);
  });

  it.each([
    { answer: { code: 550, text: '5.1.1 no' }, states: ['failed', 'suppressed'], subjects: [] },
    { answer: undefined, states: ['sent', 'sent'], subjects: [/^Demo of/, /^Cancelled: demo of/] },
  ])(
    'under way when the demo is called off is decided first, and then its cancellation: $states',
    async ({ answer, states, subjects }) => {
      const decided = Promise.withResolvers<void>();
      smtp.act = async (stage) => {
        if (stage !== 'message' || smtp.received.length > 1) return undefined;
        await decided.promise;
        return answer;
      };
      await Promise.all([start(), start()]);
      const lead = await rig.addLead({ locale: 'en' });
      await schedule(lead.id);
      await moved(lead.id, 0);
      await waitUntil('the invitation is under way', () => smtp.received.length === 1);
      await schedule(lead.id, { sequence: 1, cancelled_at: new Date() });
      await cancelled(lead.id, 1);
      await waitUntil('the cancellation waits', async () => (await rig.deliveries(lead.id)).length === 2);
      // Whoever claims this one has looked at the cancellation too, which was there before.
      const later = await rig.book();
      await rig.until(later.id, 'is sent', ({ state }) => state === 'sent');
      expect((await rig.deliveries(lead.id)).map(({ state }) => state)).toEqual(['sending', 'pending']);

      decided.resolve();
      await waitUntil('both are settled', async () => {
        const settled = (await rig.deliveries(lead.id)).map(({ state }) => state);
        return settled.join() === states.join();
      });
      const sent = await Promise.all(acceptedOf(lead.email).map(({ source }) => simpleParser(source)));
      expect(sent.map(({ subject }) => subject)).toEqual(
        subjects.map((subject) => expect.stringMatching(subject)),
      );
    },
  );

  it('that another time has overtaken is not sent', async () => {
    const lead = await rig.addLead();
    await schedule(lead.id, { sequence: 1 });
    await moved(lead.id, 0);
    await changed(lead.id, 1);
    await start();
    await waitUntil('both are settled', async () => {
      const states = (await rig.deliveries(lead.id)).map(({ state }) => state);
      return states.sort().join() === 'sent,suppressed';
    });
    expect(acceptedOf(lead.email)).toHaveLength(1);
  });

  it('stamps no confirmation, and is none of the three a day', async () => {
    await start();
    const lead = await rig.addLead();
    await schedule(lead.id);
    await moved(lead.id, 0);
    await rig.until(lead.id, 'is sent', ({ state }) => state === 'sent');
    expect((await rig.leadOf(lead.id)).confirmation_sent_at).toBeNull();
  });
});

it('a lead that somebody holds keeps nobody else’s mail from being settled', async () => {
  const service = await start();
  smtp.act = (stage) => (stage === 'recipient' ? { code: 450, text: '4.2.1 later' } : undefined);
  const leads = await Promise.all([rig.book(), rig.book(), rig.book()]);
  for (const { id } of leads) await rig.until(id, 'waits', ({ state }) => state === 'retrying');
  await rig.stop(service);

  const { db } = rig.stack;
  await db('notification.deliveries').update({ next_attempt_at: db.fn.now() });
  const queue = createDeliveryQueue(db);
  const claimed = await queue.claim(3, []);
  const holder = await db.transaction();
  await holder('leads').where({ id: claimed[1]?.lead_id }).forNoKeyUpdate();
  // Settled at the same moment, so all in one batch.
  const [first, held, third] = claimed.map((delivery) =>
    queue.settle(
      delivery,
      { kind: 'accepted', code: 250, response: 'ok' },
      { state: 'sent', waitMs: null, counts: true },
    ),
  );
  await Promise.all([first, third]);
  expect(await rig.deliveryOf(claimed[1]?.lead_id ?? '')).toMatchObject({ state: 'sending' });
  await holder.rollback();
  await held;
  for (const { lead_id } of claimed) {
    expect(await rig.deliveryOf(lead_id)).toMatchObject({ state: 'sent' });
    expect((await rig.leadOf(lead_id)).confirmation_sent_at).not.toBeNull();
  }
});

it('a stop breaks off a mail that hangs, within its time, and the mail is sent later', async () => {
  smtp.act = (stage) => (stage === 'recipient' ? 'stall' : undefined);
  const service = await start();
  const lead = await rig.book();
  await rig.until(lead.id, 'is being sent', ({ state }) => state === 'sending');
  await waitUntil('it is under way', () => smtp.connections.length > 0);
  // The server never answers: that this ends at all is the mail broken off.
  await rig.stop(service);
  expect(await rig.deliveryOf(lead.id)).toMatchObject({
    state: 'retrying',
    attempts: 0,
    last_outcome: 'interrupted',
  });
  smtp.act = () => undefined;
  await start();
  await rig.until(lead.id, 'is sent', ({ state }) => state === 'sent');
});
