import { randomUUID } from 'node:crypto';
import { createId } from '@meander/lead';
import { beginErasure } from '@meander/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.db('notification.deliveries').delete());

async function mail(state: string, overlay: Record<string, unknown> = {}) {
  const lead = await rig.lead();
  const id = createId();
  await rig.db('notification.deliveries').insert({
    ...{ id, event_id: createId(), lead_id: lead.id, template: 'confirmation', message_id: `<${id}@a>` },
    ...{ state, attempts: 3, last_response_code: 550, ...overlay },
  });
  return { id, leadId: lead.id };
}
const retry = (id: string) => rig.api().post(`/deliveries/${id}/retry`);
const requestsOf = async (leadId: string) =>
  (await rig.eventsOf(leadId)).map(({ type, event }) => [type, event.data]);
const page = async (query = '') => (await (await rig.person()).get(`/board/mails${query}`)).text;

describe('asking for a mail to be sent again', () => {
  it.each(['failed', 'suppressed', 'retrying'])(
    'tells notification, once, of one that is %s',
    async (state) => {
      const { id, leadId } = await mail(state);
      const [first, second] = await Promise.all([retry(id), retry(id)]);
      expect([first.status, first.body]).toEqual([202, { id, requested_at: expect.any(String) }]);
      expect([second.status, second.body]).toEqual([202, first.body]);
      const data = { delivery_id: id, requested_at: first.body.requested_at, requested_by: rig.actor };
      expect(await requestsOf(leadId)).toEqual([['DeliveryRetryRequested', data]]);
      expect(await rig.db('notification.deliveries').where({ id }).first()).toMatchObject({
        state,
        attempts: 3,
      });
    },
  );

  it('may be done anew once it has failed again, and where nothing came of it for an hour', async () => {
    const { id, leadId } = await mail('failed');
    await retry(id);
    await rig
      .db('notification.deliveries')
      .where({ id })
      .update({ updated_at: rig.db.raw('clock_timestamp()') });
    await retry(id);
    await rig.db('notification.delivery_retries').update({
      requested_at: rig.db.raw("clock_timestamp() - interval '61 minutes'"),
    });
    await rig
      .db('notification.deliveries')
      .where({ id })
      .update({
        updated_at: rig.db.raw("clock_timestamp() - interval '2 hours'"),
      });
    await retry(id);
    expect(await requestsOf(leadId)).toHaveLength(3);
  });

  it('is refused for what has arrived, is on its way, or is not there', async () => {
    for (const state of ['sent', 'pending', 'sending']) {
      const { id, leadId } = await mail(state);
      const answer = await retry(id);
      expect([answer.status, answer.body.type, answer.body.state]).toEqual([
        409,
        'urn:meander:problem:delivery-not-retryable',
        state,
      ]);
      expect(await requestsOf(leadId)).toEqual([]);
    }
    for (const unknown of [randomUUID(), 'x']) expect((await retry(unknown)).status).toBe(404);
  });

  it('finds no mail whose lead is erased meanwhile, and asks for the others', async () => {
    const [one, another] = [await mail('failed'), await mail('failed')];
    const whileErased = async <Answer>(leadId: string, ask: () => PromiseLike<Answer>) => {
      const erasure = await beginErasure(rig.db, leadId);
      const [answer] = await Promise.all([ask(), erasure.commitOnceAwaited()]);
      return answer;
    };
    expect((await whileErased(one.leadId, () => retry(one.id))).status).toBe(404);
    const person = await rig.person();
    const left = await mail('failed');
    const answer = await whileErased(another.leadId, () =>
      person.post('/board/mails/retry', { code: '550' }),
    );
    expect(answer.headers.location).toBe('/board/mails?asked=1');
    for (const { leadId } of [one, another]) expect(await requestsOf(leadId)).toEqual([]);
    expect(await requestsOf(left.leadId)).toHaveLength(1);
  });

  it('needs the right to change leads', async () => {
    const { id, leadId } = await mail('failed');
    const { authorization } = await rig.keyFor(['leads:read', 'deliveries:write']);
    const path = `/deliveries/${id}/retry`;
    expect((await rig.anonymous().post(path)).status).toBe(401);
    expect((await rig.anonymous().post(path).set({ authorization })).status).toBe(403);
    const reader = await rig.person(['leads:read']);
    expect((await reader.post(`/board/mails/${id}/retry`)).status).toBe(403);
    expect((await reader.get('/board/mails')).text).not.toContain('Send again');
    expect(await requestsOf(leadId)).toEqual([]);
  });

  it('stands in the timeline, with who asked', async () => {
    const { id, leadId } = await mail('failed');
    const person = await rig.person();
    await person.post(`/board/mails/${id}/retry`);
    const { body } = await rig.api().get(`/leads/${leadId}/timeline`);
    expect(body.items.at(-1)).toMatchObject({
      ...{ kind: 'retry', delivery_id: id, template: 'confirmation', version: null },
      who: { id: person.actor, name: 'Selma' },
    });
    const { text } = await person.get(`/board/leads/${leadId}`);
    expect(text).toContain('Selma asked to send it again: Confirmation');
  });
});

describe('the page of failed mails', () => {
  it('has a button for each, and says which are sent again already', async () => {
    const { id, leadId } = await mail('failed');
    expect(await page()).toContain(`action="/board/mails/${id}/retry"`);
    const answer = await (await rig.person()).post(`/board/mails/${id}/retry`);
    expect([answer.status, answer.headers.location]).toEqual([303, '/board/mails?asked=one']);
    const text = await page('?asked=one');
    expect(text).toContain('The mail is sent again in a moment.');
    expect(text).toContain('Sent again soon');
    expect(text).not.toContain(`action="/board/mails/${id}/retry"`);
    expect(await requestsOf(leadId)).toHaveLength(1);
  });

  it('has one for all that failed with the same answer, and leaves the others', async () => {
    const same = [await mail('failed'), await mail('failed'), await mail('failed')];
    const others = [
      await mail('failed', { last_response_code: 554 }),
      await mail('failed', { last_response_code: null }),
      await mail('failed', { last_response_code: null }),
      await mail('suppressed'),
    ];
    await retry(same[0]?.id ?? '');
    const text = await page();
    expect(text).toContain('Send all 2 again that got the answer 550');
    expect(text).toContain('Send all 2 again that got no answer');
    expect(text).not.toContain('value="554"');
    const answer = await (await rig.person()).post('/board/mails/retry', { code: '550' });
    expect(answer.headers.location).toBe('/board/mails?asked=2');
    for (const { leadId } of same) expect(await requestsOf(leadId)).toHaveLength(1);
    for (const { leadId } of others) expect(await requestsOf(leadId)).toEqual([]);
    const silent = await (await rig.person()).post('/board/mails/retry', { code: '' });
    expect(silent.headers.location).toBe('/board/mails?asked=2');
    expect((await (await rig.person()).post('/board/mails/retry', { code: 'x' })).status).toBe(400);
  });

  it('says so where a mail has been sent meanwhile', async () => {
    const { id } = await mail('sent');
    const answer = await (await rig.person()).post(`/board/mails/${id}/retry`);
    expect(answer.status).toBe(409);
    expect(answer.text).toContain('no longer among the failed ones');
  });
});
