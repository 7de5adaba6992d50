import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

const path = (id: string) => `/board/leads/${id}/erase`;

describe('the erasure on the page of a lead', () => {
  it('takes the person away for good, and the board says so', async () => {
    const person = await rig.person();
    const { id } = await rig.lead();
    expect((await person.get(`/board/leads/${id}`)).text).toContain('Yes, erase everything about Kari Moe');
    const answer = await person.post(path(id), { confirm: 'yes' });
    expect([answer.status, answer.headers.location]).toEqual([303, '/board?done=erased']);
    expect((await person.get('/board?done=erased')).text).toContain('The person is erased.');
    expect(await rig.row(id)).toBeUndefined();
    expect(await rig.db('pipeline.erased_leads').where({ lead_id: id }).first()).toMatchObject({
      erased_by: person.actor,
    });
    expect((await rig.eventsOf(id)).map(({ type }) => type)).toEqual(['LeadErased']);
    expect((await person.post(path(id), { confirm: 'yes' })).status).toBe(404);
  });

  it('wants its check mark', async () => {
    const person = await rig.person();
    const { id } = await rig.lead();
    for (const fields of [{}, { confirm: 'no' }]) {
      const answer = await person.post(path(id), fields);
      expect([answer.status, answer.text.includes('Set the check mark first')]).toEqual([422, true]);
    }
    expect(await rig.row(id)).toBeDefined();
  });

  it('is for those who may erase, and from this board alone', async () => {
    const person = await rig.person(['leads:read', 'leads:write']);
    const { id } = await rig.lead();
    expect((await person.get(`/board/leads/${id}`)).text).not.toContain('id="erase"');
    expect((await person.post(path(id), { confirm: 'yes' })).status).toBe(403);
    const other = await (await rig.person()).post(
      path(id),
      { confirm: 'yes' },
      { 'sec-fetch-site': 'cross-site' },
    );
    expect(other.status).toBe(403);
    const eraser = await rig.person(['leads:read', 'leads:erase']);
    expect((await eraser.post(path(id), { confirm: 'yes' })).status).toBe(303);
  });
});
