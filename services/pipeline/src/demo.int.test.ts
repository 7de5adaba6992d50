import { randomUUID } from 'node:crypto';
import { createKey, scopes } from '@meander/auth';
import { createId, createMaskedRef, type Status } from '@meander/lead';
import type { HttpService } from '@meander/runtime';
import { createStack, type Stack } from '@meander/testing';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadPipelineConfig } from './config.ts';
import { createService } from './service.ts';

let stack: Stack;
let service: HttpService;
let bearer: { authorization: string };

beforeAll(async () => {
  stack = await createStack();
  service = createService(loadPipelineConfig(stack.env));
  await service.start();
  const { secret } = await createKey(stack.db, { name: 'test', scopes });
  bearer = { authorization: `Bearer ${secret}` };
});

afterAll(async () => {
  await service.stop();
  await stack.drop();
});

const api = () => supertest(`http://127.0.0.1:${service.port}`);
const move = (id: string, body: object) => api().post(`/leads/${id}/transitions`).set(bearer).send(body);
const put = (id: string, body: object) => api().put(`/leads/${id}/demo`).set(bearer).send(body);
const demoOf = (id: string) => stack.db('pipeline.demos').where({ lead_id: id }).first();
const eventsOf = (id: string) =>
  stack.db('messaging.outbox').where({ subject: id }).orderBy('id').pluck('event');

async function leadAt(status: Status) {
  const id = createId();
  await stack.db('leads').insert({
    id,
    first_name: 'Kari',
    last_name: 'Moe',
    email: `${id}@example.com`,
    organization_name: 'Moe AS',
    role_title: 'Koordinator',
    masked_ref: createMaskedRef(),
    status,
  });
  return id;
}

const demo = { demo_at: '2027-03-26T13:00:00+01:00', demo_minutes: 30, demo_location: 'Storgata 1' };

describe('a move to demo_scheduled', () => {
  it('keeps the time of the demo, and the event carries its number and nothing of its place', async () => {
    const id = await leadAt('qualified');
    expect((await move(id, { to: 'demo_scheduled', ...demo })).status).toBe(200);
    expect(await demoOf(id)).toMatchObject({
      demo_at: new Date('2027-03-26T12:00:00Z'),
      minutes: 30,
      location: 'Storgata 1',
      sequence: 0,
      set_by: expect.stringMatching(/^key:/),
    });
    const [event] = await eventsOf(id);
    expect(event.data).toMatchObject({ to: 'demo_scheduled', demo_sequence: 0 });
    expect(JSON.stringify(event)).not.toContain('Storgata');
  });

  it('may leave the time open', async () => {
    const id = await leadAt('qualified');
    expect((await move(id, { to: 'demo_scheduled' })).status).toBe(200);
    expect(await demoOf(id)).toBeUndefined();
    expect((await eventsOf(id))[0].data).not.toHaveProperty('demo_sequence');
  });

  it.each([
    [{ to: 'demo_scheduled', demo_at: 'i morgen' }, ['demo_at', 'demo_at_format']],
    [{ to: 'demo_scheduled', demo_minutes: 30 }, ['demo_at', 'required_fields_present']],
    [{ to: 'demo_scheduled', ...demo, demo_minutes: 1 }, ['demo_minutes', 'demo_minutes_range']],
    [{ to: 'contacted', demo_at: demo.demo_at }, ['demo_at', 'unknown_field']],
  ])('with %o is 422, and nothing has moved', async (body, [field, rule]) => {
    const id = await leadAt('new');
    const answer = await move(id, body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([{ field, rule, message: expect.any(String) }]);
    expect(await eventsOf(id)).toEqual([]);
  });
});

describe('the demo of a lead', () => {
  it('is neither changed nor called off under an If-Match that the lead has left behind', async () => {
    const id = await leadAt('qualified');
    await move(id, { to: 'demo_scheduled', ...demo });
    const before = await demoOf(id);
    const calledOff = (ifMatch: string) =>
      api().delete(`/leads/${id}/demo`).set(bearer).set('if-match', ifMatch);
    for (const answer of [
      await put(id, { ...demo, demo_minutes: 45 }).set('if-match', '"1"'),
      await calledOff('"1"'),
    ])
      expect([answer.status, answer.body.type]).toEqual([412, 'urn:meander:problem:precondition-failed']);
    expect(await demoOf(id)).toEqual(before);
    expect((await put(id, { ...demo, demo_minutes: 45 }).set('if-match', '"2"')).status).toBe(200);
    expect((await calledOff('"2"')).status).toBe(204);
  });

  it('gets another time, with a higher number each time that it differs', async () => {
    const id = await leadAt('qualified');
    await move(id, { to: 'demo_scheduled', ...demo });
    const later = { ...demo, demo_at: '2027-03-29T13:00:00+02:00' };
    const changed = await put(id, later);
    expect([changed.status, changed.body]).toEqual([
      200,
      {
        demo_at: '2027-03-29T11:00:00.000Z',
        demo_minutes: 30,
        demo_location: 'Storgata 1',
        sequence: 1,
      },
    ]);
    expect((await put(id, later)).body.sequence).toBe(1);
    const events = await eventsOf(id);
    expect(events.map(({ type, data }) => [type, data.demo_sequence])).toEqual([
      ['LeadStatusChanged', 0],
      ['LeadUpdated', 1],
    ]);
    expect((await api().get(`/leads/${id}/demo`).set(bearer)).body).toEqual(changed.body);
  });

  it('can be set first, or changed by two people at once, one after the other', async () => {
    const id = await leadAt('demo_scheduled');
    const answers = await Promise.all(
      ['2027-03-29T13:00:00Z', '2027-03-29T14:00:00Z'].map((demo_at) => put(id, { demo_at })),
    );
    expect(answers.map(({ body }) => body.sequence).sort()).toEqual([0, 1]);
    expect(await eventsOf(id)).toHaveLength(2);
  });

  it('can be called off, once, and be set again, counting on', async () => {
    const id = await leadAt('qualified');
    await move(id, { to: 'demo_scheduled', ...demo });
    const cancel = () => api().delete(`/leads/${id}/demo`).set(bearer);
    const answers = await Promise.all([cancel(), cancel()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
    expect((await api().get(`/leads/${id}/demo`).set(bearer)).status).toBe(404);
    expect((await put(id, demo)).body.sequence).toBe(2);
    const events = await eventsOf(id);
    expect(events.map(({ data }) => [data.demo_sequence, data.demo_cancelled_sequence])).toEqual([
      [0, undefined],
      [undefined, 1],
      [2, undefined],
    ]);
    expect((await api().delete(`/leads/${randomUUID()}/demo`).set(bearer)).status).toBe(404);
    expect(
      (
        await api()
          .delete(`/leads/${await leadAt('new')}/demo`)
          .set(bearer)
      ).status,
    ).toBe(404);
  });

  it.each([-5, 5])(
    'DBS-13 is told by the database’s clock, where its own is %i minutes off',
    async (minutes) => {
      const id = await leadAt('qualified');
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 });
      try {
        await move(id, { to: 'demo_scheduled', ...demo });
        await put(id, { ...demo, demo_minutes: 45 });
        await api().delete(`/leads/${id}/demo`).set(bearer);
      } finally {
        vi.useRealTimers();
      }
      const events = await eventsOf(id);
      expect(events.map(({ type }) => type)).toEqual(['LeadStatusChanged', 'LeadUpdated', 'LeadUpdated']);
      const [{ now }] = (await stack.db.raw('SELECT clock_timestamp() AS now')).rows;
      const times = events.map(({ time }) => time);
      expect([...times, now.toISOString()]).toEqual([...times, now.toISOString()].sort());
      const { updated_at } = await demoOf(id);
      expect(events.at(-1)).toMatchObject({
        time: updated_at.toISOString(),
        data: { updated_at: updated_at.toISOString() },
      });
    },
  );

  it('is called off with the move to lost, where it lies ahead, and not by becoming a customer', async () => {
    const ended = async (to: 'lost' | 'converted', demo_at: string) => {
      const id = await leadAt('qualified');
      await move(id, { to: 'demo_scheduled', ...demo, demo_at });
      await move(id, { to });
      const { cancelled_at, sequence } = await demoOf(id);
      return [cancelled_at !== null, sequence, (await eventsOf(id)).at(-1).data.demo_cancelled_sequence];
    };
    expect(await ended('lost', '2097-03-26T13:00:00Z')).toEqual([true, 1, 1]);
    expect(await ended('lost', '2020-03-26T13:00:00Z')).toEqual([false, 0, undefined]);
    expect(await ended('converted', '2097-03-26T13:00:00Z')).toEqual([false, 0, undefined]);
  });

  it('is refused for a lead that is not there yet, or gone on', async () => {
    for (const status of ['qualified', 'converted'] as const) {
      const answer = await put(await leadAt(status), demo);
      expect([answer.status, answer.body.type]).toEqual([409, 'urn:meander:problem:demo-not-scheduled']);
    }
  });

  it.each([
    [{}, ['demo_at', 'required_fields_present']],
    [{ demo_at: null }, ['demo_at', 'required_fields_present']],
    [{ ...demo, status: 'lost' }, ['status', 'unknown_field']],
  ])('with %o is 422', async (body, error) => {
    const answer = await put(await leadAt('demo_scheduled'), body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map(({ field, rule }: Record<string, string>) => [field, rule])).toEqual([
      error,
    ]);
  });

  it('is 404 for an unknown lead, and where there is none', async () => {
    expect((await put(randomUUID(), demo)).status).toBe(404);
    expect((await put('nobody', demo)).status).toBe(404);
    expect(
      (
        await api()
          .get(`/leads/${await leadAt('new')}/demo`)
          .set(bearer)
      ).status,
    ).toBe(404);
  });
});
