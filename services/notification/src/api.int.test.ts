import { randomUUID } from 'node:crypto';
import { createKey, type Scope, scopes } from '@meander/auth';
import { createId } from '@meander/lead';
import type { HttpService } from '@meander/runtime';
import { beginErasure, type SmtpSink, startSmtpSink, waitUntil } from '@meander/testing';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRig, type Rig } from './testing/rig.ts';

let rig: Rig;
let sink: SmtpSink;
let service: HttpService;
let bearer: { authorization: string };

const keyFor = async (held: readonly Scope[]) => {
  const { secret } = await createKey(rig.stack.db, { name: 'test', scopes: held });
  return { authorization: `Bearer ${secret}` };
};

beforeAll(async () => {
  rig = await createRig();
  sink = await startSmtpSink();
  service = await rig.start({ SMTP_URL: sink.url, PREVIEW: '1', SALES_EMAIL: 'sales@meander.example' });
  bearer = await keyFor(scopes);
});
afterAll(async () => {
  await rig.drop();
  await sink.stop();
});
beforeEach(() => rig.stack.db('notification.deliveries').delete());

const api = () => supertest(`http://127.0.0.1:${service.port}`);
const list = (query = '') => api().get(`/deliveries${query}`).set(bearer);

/** A delivery in a state that no sender touches. */
async function settled(state: string, overlay: Record<string, unknown> = {}) {
  const lead = await rig.addLead();
  const id = createId();
  await rig.stack.db('notification.deliveries').insert({
    id,
    event_id: createId(),
    lead_id: lead.id,
    template: 'confirmation',
    message_id: `<${id}@meander.example>`,
    state,
    attempts: 3,
    unknown_outcomes: 1,
    last_outcome: 'rejected',
    last_response_code: 550,
    last_response: '550 5.1.1 <k•••@example.com>: no',
    first_attempt_at: rig.stack.db.raw("now() - interval '80 hours'"),
    next_attempt_at: rig.stack.db.raw("now() + interval '1 day'"),
    ...overlay,
  });
  return { id, lead };
}

describe('the list of deliveries', () => {
  it('shows what became of each, with masked addresses', async () => {
    const { id, lead } = await settled('failed');
    const answer = await list();
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      items: [
        {
          id,
          lead_id: lead.id,
          template: 'confirmation',
          to: `${lead.email.slice(0, 1)}•••@example.com`,
          state: 'failed',
          attempts: 3,
          next_attempt_at: null,
          last_outcome: 'rejected',
          last_response_code: 550,
          last_response: '550 5.1.1 <k•••@example.com>: no',
          message_id: `<${id}@meander.example>`,
          created_at: expect.any(String),
          updated_at: expect.any(String),
          sent_at: null,
        },
      ],
      next_cursor: null,
    });
    expect(answer.text).not.toContain(lead.email);
  });

  it('has the state that is asked for, newest first, page by page while new ones come', async () => {
    const made = [];
    for (let n = 0; n < 5; n += 1) made.unshift((await settled('failed')).id);
    await settled('suppressed');
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const answer = await list(`?state=failed&limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...answer.body.items.map(({ id }: { id: string }) => id));
      cursor = answer.body.next_cursor;
      await settled('failed');
    }
    expect(seen).toEqual(made);
  });

  it.each(['state=lost', 'limit=0', 'limit=201', 'cursor=x', 'cursor=', 'state=failed&state=sent'])(
    'names what is wrong with %s',
    async (query) => {
      const answer = await list(`?${query}`);
      expect([answer.status, answer.body.type]).toEqual([400, 'urn:meander:problem:invalid-parameter']);
      expect(answer.body.detail).toMatch(/^(state|limit|cursor) is /);
    },
  );
});

describe('sending again', () => {
  it.each(['failed', 'suppressed', 'retrying'])(
    'takes a delivery that is %s, under its Message-ID',
    async (state) => {
      const { id, lead } = await settled(state);
      const answer = await api().post(`/deliveries/${id}/retry`).set(bearer);
      expect([answer.status, answer.body.id, answer.body.attempts]).toEqual([202, id, 0]);
      await rig.until(lead.id, 'is sent', (row) => row.state === 'sent');
      const mail = await waitUntil('it is there', () => sink.mails.find(({ to }) => to.includes(lead.email)));
      expect(mail.source).toContain(`Message-ID: <${id}@meander.example>`);
      expect((await rig.leadOf(lead.id)).confirmation_sent_at).not.toBeNull();
    },
  );

  it('is remembered with who asked, of one and of all', async () => {
    const one = await settled('failed');
    await api().post(`/deliveries/${one.id}/retry`).set(bearer);
    const all = await settled('suppressed');
    await api().post('/deliveries/retry?state=suppressed').set(bearer);
    for (const { id } of [one, all]) {
      const requests = await rig.stack.db('notification.delivery_retries').where({ delivery_id: id });
      expect(requests).toEqual([
        expect.objectContaining({ requested_by: expect.stringMatching(/^key:[0-9a-f-]{36}$/) }),
      ]);
    }
  });

  it('is done for sales, which asks by an event: once, and for its own lead alone', async () => {
    const { id, lead } = await settled('failed');
    const other = await settled('failed');
    const arrived = await settled('sent');
    const asks = (delivery_id: string, leadId: string) =>
      rig.eventOf('DeliveryRetryRequested', leadId, {
        ...{ delivery_id, requested_at: new Date().toISOString(), requested_by: 'key:a' },
      });
    const refused = [
      asks(other.id, lead.id),
      asks(arrived.id, arrived.lead.id),
      asks('no-id', lead.id),
      asks(randomUUID(), lead.id),
    ];
    const asked = asks(id, lead.id);
    for (const event of [...refused, asked]) await rig.tell(event);
    const sent = await rig.until(lead.id, 'is sent', (row) => row.state === 'sent');
    expect(sent.attempts).toBe(1);
    await waitUntil('all are handled', async () => {
      const ids = [...refused, asked].map((event) => event.id);
      return (await rig.stack.db('messaging.inbox').whereIn('event_id', ids)).length === ids.length;
    });
    expect(await rig.deliveryOf(other.lead.id)).toMatchObject({ state: 'failed', attempts: 3 });
    expect(await rig.deliveryOf(arrived.lead.id)).toMatchObject({ state: 'sent', attempts: 3 });
  });

  it('refuses one that has arrived, and does not know one that never was', async () => {
    const { id } = await settled('sent');
    const answer = await api().post(`/deliveries/${id}/retry`).set(bearer);
    expect([answer.status, answer.body.type, answer.body.state]).toEqual([
      409,
      'urn:meander:problem:delivery-not-retryable',
      'sent',
    ]);
    for (const unknown of [randomUUID(), 'x']) {
      expect((await api().post(`/deliveries/${unknown}/retry`).set(bearer)).status).toBe(404);
    }
  });

  it('does not know one whose lead is erased meanwhile', async () => {
    const { id, lead } = await settled('failed');
    const erasure = await beginErasure(rig.stack.db, lead.id);
    const asked = api().post(`/deliveries/${id}/retry`).set(bearer);
    const [answer] = await Promise.all([asked, erasure.commitOnceAwaited()]);
    expect(answer.status).toBe(404);
  });

  it('takes all that have failed, and nothing else', async () => {
    const failed = [await settled('failed'), await settled('failed')];
    const suppressed = await settled('suppressed');
    const answer = await api().post('/deliveries/retry?state=failed').set(bearer);
    expect([answer.status, answer.body]).toEqual([202, { retried: 2 }]);
    for (const { lead } of failed) await rig.until(lead.id, 'is sent', (row) => row.state === 'sent');
    expect(await rig.deliveryOf(suppressed.lead.id)).toMatchObject({ state: 'suppressed' });
    for (const query of ['', '?state=sent', '?state=']) {
      expect((await api().post(`/deliveries/retry${query}`).set(bearer)).status).toBe(400);
    }
  });
});

it('a caller needs a key with the scope', async () => {
  const { id } = await settled('failed');
  const reading = await keyFor(['deliveries:read']);
  const foreign = await keyFor(['leads:read', 'leads:write']);
  const calls = [
    () => api().get('/deliveries'),
    () => api().post('/deliveries/retry?state=failed'),
    () => api().post(`/deliveries/${id}/retry`),
  ];
  for (const call of calls) {
    expect((await call()).status).toBe(401);
    expect((await call().set(foreign)).status).toBe(403);
  }
  expect((await api().get('/deliveries').set(reading)).status).toBe(200);
  expect((await api().post(`/deliveries/${id}/retry`).set(reading)).status).toBe(403);
  expect(await rig.stack.db('notification.deliveries').where({ id }).first()).toMatchObject({
    state: 'failed',
  });
});

describe('the preview', () => {
  it('shows both parts of every mail in both languages', async () => {
    const page = await api().get('/preview');
    expect(page.status).toBe(200);
    for (const template of ['confirmation', 'sales_alert', 'demo_invitation', 'demo_cancellation']) {
      for (const locale of ['nb', 'en']) expect(page.text).toContain(`src="/preview/${template}.${locale}"`);
    }
    expect(page.text).toContain('Hei Kari,');
    expect(page.text).not.toMatch(/<style|style=|<script|onerror=/);
    const policy = page.headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe-inline');
    expect((await api().get('/preview/preview.css')).headers['content-type']).toMatch(/^text\/css/);
  });

  it('serves each mail where it can do nothing but look', async () => {
    const mail = await api().get('/preview/confirmation.en');
    expect(mail.text).toContain('Your booking has arrived');
    expect(mail.headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox",
    );
    for (const name of ['confirmation.sv', '../config', '__proto__', 'constructor']) {
      expect((await api().get(`/preview/${encodeURIComponent(name)}`)).status).toBe(404);
    }
  });

  it('is not there unless it is asked for', async () => {
    const plain = await rig.start({ SMTP_URL: sink.url });
    expect((await supertest(`http://127.0.0.1:${plain.port}`).get('/preview')).status).toBe(404);
    await rig.stop(plain);
  });
});
