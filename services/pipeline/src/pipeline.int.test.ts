import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { createKey, type Scope, scopes } from '@meander/auth';
import { createId, createMaskedRef, type Status } from '@meander/lead';
import type { HttpService } from '@meander/runtime';
import { createStack, type Stack, waitUntil } from '@meander/testing';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPipelineConfig } from './config.ts';
import { createService } from './service.ts';

let stack: Stack;
let service: HttpService;
let stepwise: HttpService;
let bearer: { authorization: string };

const keyFor = async (held: readonly Scope[], expiresAt: Date | null = null) => {
  const { secret, key } = await createKey(stack.db, { name: 'test', scopes: held, expiresAt });
  return { id: key.id, authorization: `Bearer ${secret}` };
};

const start = async (env: Record<string, string> = {}) => {
  const started = createService(loadPipelineConfig({ ...stack.env, ...env }));
  await started.start();
  return started;
};

beforeAll(async () => {
  stack = await createStack();
  [service, stepwise] = await Promise.all([start(), start({ TRANSITION_POLICY: 'stepwise' })]);
  const { authorization } = await keyFor(scopes);
  bearer = { authorization };
});

afterAll(async () => {
  await Promise.all([service.stop(), stepwise.stop()]);
  await stack.drop();
});

const api = (on: HttpService = service) => supertest(`http://127.0.0.1:${on.port}`);

async function leadAt(status: Status) {
  const id = createId();
  const lead = {
    id,
    first_name: 'Kari',
    last_name: 'Moe',
    email: `${id}@example.com`,
    organization_name: 'Moe AS',
    role_title: 'Koordinator',
    masked_ref: createMaskedRef(),
    status,
  };
  await stack.db('leads').insert(lead);
  return lead;
}

const move = (id: string, body: object, { on = service, headers = {} as Record<string, string> } = {}) =>
  api(on)
    .post(`/leads/${id}/transitions`)
    .set({ ...bearer, ...headers })
    .send(body);

const statusOf = async (id: string) => (await stack.db('leads').where({ id }).first('status')).status;
const historyOf = (id: string) => stack.db('pipeline.transitions').where({ lead_id: id }).orderBy('id');
const eventsOf = (id: string) => stack.db('messaging.outbox').where({ subject: id }).orderBy('id');

describe('a move', () => {
  it('PIP-01 forward changes the status, writes the history and tells it, with who did it', async () => {
    const lead = await leadAt('new');
    const answer = await move(lead.id, { to: 'contacted', reason: 'Ringte\ni dag' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id: lead.id, status: 'contacted', version: 2, email: lead.email });
    expect(answer.headers.etag).toBe('"2"');
    const [history] = await historyOf(lead.id);
    expect(history).toMatchObject({
      from_status: 'new',
      to_status: 'contacted',
      reason: 'Ringte\ni dag',
      lead_version: 2,
    });
    expect(history.moved_by).toMatch(/^key:[0-9a-f-]{36}$/);
    const [event] = await eventsOf(lead.id);
    expect(event).toMatchObject({
      type: 'LeadStatusChanged',
      routing_key: 'lead.status_changed',
      event: { data: { from: 'new', to: 'contacted', version: 2, moved_by: history.moved_by } },
    });
    await waitUntil('it is published', async () => (await eventsOf(lead.id))[0].published_at);
  });

  it.each<[string, Status, string]>([
    ['PIP-03 backwards', 'contacted', 'new'],
    ['PIP-05 out of a final status', 'converted', 'lost'],
    ['PIP-07 to the same status', 'contacted', 'contacted'],
  ])('%s is refused with what is allowed, and changes nothing', async (_what, from, to) => {
    const lead = await leadAt(from);
    const answer = await move(lead.id, { to });
    expect(answer.status).toBe(409);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      status: 409,
      from,
      to,
      allowed: from === 'converted' ? [] : expect.arrayContaining(['lost']),
    });
    expect(await statusOf(lead.id)).toBe(from);
    expect(await eventsOf(lead.id)).toEqual([]);
  });

  it('may skip stages, unless the policy is stepwise', async () => {
    const lead = await leadAt('new');
    const refused = await move(lead.id, { to: 'qualified' }, { on: stepwise });
    expect([refused.status, refused.body.allowed]).toEqual([409, ['contacted', 'lost']]);
    expect((await move(lead.id, { to: 'qualified' })).status).toBe(200);
    expect((await move(lead.id, { to: 'lost' }, { on: stepwise })).status).toBe(200);
  });

  it.each([
    ['PIP-11 an unknown status', { to: 'Contacted' }, ['to', 'status_enum_constraint']],
    ['no status', {}, ['to', 'status_enum_constraint']],
    ['a status that is no text', { to: ['contacted'] }, ['to', 'status_enum_constraint']],
    ['a field that is none', { to: 'contacted', status: 'lost' }, ['status', 'unknown_field']],
    ['a reason that is no text', { to: 'contacted', reason: {} }, ['reason', 'reason_length']],
    ['a reason that is too long', { to: 'contacted', reason: 'x'.repeat(1001) }, ['reason', 'reason_length']],
    ['a reason with a NUL', { to: 'contacted', reason: 'a\u0000b' }, ['reason', 'forbidden_characters']],
  ])('with %s is 422 and names the rule', async (_what, body, [field, rule]) => {
    const lead = await leadAt('new');
    const answer = await move(lead.id, body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([{ field, rule, message: expect.any(String) }]);
    expect(await statusOf(lead.id)).toBe('new');
  });

  it('PIP-17 of an unknown lead is 404', async () => {
    expect((await move(randomUUID(), { to: 'contacted' })).status).toBe(404);
    expect((await move('not-an-id', { to: 'contacted' })).status).toBe(404);
  });

  it('PIP-09 to two final statuses at once succeeds once', async () => {
    const lead = await leadAt('demo_scheduled');
    const answers = await Promise.all([move(lead.id, { to: 'converted' }), move(lead.id, { to: 'lost' })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = answers.find(({ status }) => status === 200)?.body.status;
    expect(await statusOf(lead.id)).toBe(winner);
    expect(await eventsOf(lead.id)).toHaveLength(1);
  });

  it('by 20 people at once happens once, and the history is what happened', async () => {
    const lead = await leadAt('new');
    const answers = await Promise.all(Array.from({ length: 20 }, () => move(lead.id, { to: 'contacted' })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    expect(await historyOf(lead.id)).toHaveLength(1);
  });

  it('under If-Match is refused with 412 once the lead has changed', async () => {
    const lead = await leadAt('new');
    const read = await api().get(`/leads/${lead.id}`).set(bearer);
    await stack.db('leads').where({ id: lead.id }).update({ notes: 'endret' });
    const stale = await move(
      lead.id,
      { to: 'contacted' },
      { headers: { 'if-match': String(read.headers.etag) } },
    );
    expect(stale.status).toBe(412);
    expect((await move(lead.id, { to: 'contacted' }, { headers: { 'if-match': '"2"' } })).status).toBe(200);
    expect((await move(lead.id, { to: 'lost' }, { headers: { 'if-match': '*' } })).status).toBe(200);
  });
});

describe('a lead', () => {
  it('is read by its id and by its reference, with its version as ETag', async () => {
    const lead = await leadAt('qualified');
    for (const key of [lead.id, lead.masked_ref]) {
      const answer = await api().get(`/leads/${key}`).set(bearer);
      expect([answer.status, answer.headers.etag]).toEqual([200, '"1"']);
      expect(answer.body).toMatchObject({ ...lead, source: 'website', booking_count: 1 });
    }
    const answer = await api().get(`/leads/${lead.id}/transitions`).set(bearer);
    expect(answer.body).toEqual({ status: 'qualified', allowed: ['demo_scheduled', 'converted', 'lost'] });
  });
});

describe('a caller', () => {
  it('PIP-13 without a key gets 401, whether the lead exists or not', async () => {
    const lead = await leadAt('new');
    const answers = await Promise.all(
      [lead.id, randomUUID()].map((id) => api().post(`/leads/${id}/transitions`).send({ to: 'lost' })),
    );
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="meander"');
    }
    expect(answers[0]?.text).toBe(answers[1]?.text);
    expect(await statusOf(lead.id)).toBe('new');
  });

  it.each(['Bearer wrong', `Bearer mlk_${'A'.repeat(43)}`, 'Basic a2FyaTptb2U=', 'Bearer', 'Bearer a b'])(
    'with %s gets 401',
    async (authorization) => {
      expect((await api().get(`/leads/${randomUUID()}`).set({ authorization })).status).toBe(401);
    },
  );

  it('with a lead’s public reference as key gets 401', async () => {
    const lead = await leadAt('new');
    const authorization = `Bearer ${lead.masked_ref}`;
    expect((await api().get(`/leads/${lead.id}`).set({ authorization })).status).toBe(401);
  });

  it('with a key for reading may read, and gets 403 for a move', async () => {
    const lead = await leadAt('new');
    const reading = { authorization: (await keyFor(['leads:read'])).authorization };
    expect((await api().get(`/leads/${lead.id}`).set(reading)).status).toBe(200);
    const answer = await api().post(`/leads/${lead.id}/transitions`).set(reading).send({ to: 'lost' });
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toContain('insufficient_scope');
  });

  it('with a key that was revoked, or has expired, gets 401 at once', async () => {
    const lead = await leadAt('new');
    const { id, authorization } = await keyFor(['leads:read']);
    expect((await api().get(`/leads/${lead.id}`).set({ authorization })).status).toBe(200);
    await stack.db('pipeline.api_keys').where({ id }).update({ revoked_at: stack.db.fn.now() });
    expect((await api().get(`/leads/${lead.id}`).set({ authorization })).status).toBe(401);
    const expired = await keyFor(['leads:read'], new Date(Date.now() - 1000));
    expect((await api().get(`/leads/${lead.id}`).set({ authorization: expired.authorization })).status).toBe(
      401,
    );
  });
});

describe('the event stream', () => {
  /** Opens the stream and collects what comes until it is closed. */
  const listen = (headers: Record<string, string> = {}) => {
    let text = '';
    const request = get(
      { port: service.port, path: '/events', headers: { ...bearer, ...headers } },
      (response) => {
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
      },
    );
    request.on('error', () => {});
    return {
      ids: () => [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id),
      text: () => text,
      opened: () => waitUntil('the stream is open', () => text.includes('retry:')),
      close: () => request.destroy(),
    };
  };

  it('tells a move as it happens, without personal data, and what was missed', async () => {
    const first = listen();
    await first.opened();
    const lead = await leadAt('new');
    await move(lead.id, { to: 'contacted' });
    await waitUntil('the move is told', () => first.text().includes(lead.id));
    first.close();
    const [seen] = await eventsOf(lead.id);
    await move(lead.id, { to: 'qualified' });
    const [, missed] = await eventsOf(lead.id);
    const again = listen({ 'last-event-id': seen.event_id });
    await waitUntil('the missed one is told', () => again.ids().includes(missed.event_id));
    expect(again.ids()).not.toContain(seen.event_id);
    expect(again.text()).not.toContain(lead.email);
    again.close();
  });
});
