import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;
let person: Awaited<ReturnType<Rig['person']>>;

beforeAll(async () => {
  rig = await startRig();
  person = await rig.person();
});
afterAll(() => rig.stop());

const typed = { demo_at: '2097-03-26T13:00', demo_minutes: '30', demo_location: 'https://meet.example/a' };
const set = (id: string, fields: object) => person.post(`/board/leads/${id}/demo`, fields);
const cancel = (id: string, seen: number) => person.post(`/board/leads/${id}/demo/cancel`, { seen });
const page = async (id: string) => (await person.get(`/board/leads/${id}`)).text;
const demoOf = (id: string) => rig.db('pipeline.demos').where({ lead_id: id }).first();
const dataOf = async (id: string) => (await rig.eventsOf(id)).map(({ event }) => event.data);

describe('the demo on the page of a lead', () => {
  it('is set with the move there, by the clock in Oslo', async () => {
    const { id } = await rig.lead({ status: 'contacted' });
    expect(await page(id)).toContain('Save, and move to Demo scheduled');
    const answer = await set(id, { from: 'contacted', seen: '', ...typed });
    expect([answer.status, answer.headers.location]).toEqual([303, `/board/leads/${id}?done=demo`]);
    expect(await demoOf(id)).toMatchObject({
      ...{ demo_at: new Date('2097-03-26T12:00:00Z'), minutes: 30, location: 'https://meet.example/a' },
      set_by: person.actor,
    });
    expect((await rig.row(id)).status).toBe('demo_scheduled');
    const text = await page(id);
    expect(text).toContain('26 March 2097 at 13:00');
    expect(text).toContain('value="2097-03-26T13:00"');
    expect(text).toContain('<a href="https://meet.example/a" rel="noreferrer">');
    expect(text).toContain('Selma set the demo to 26 Mar 2097, 13:00');
  });

  it('is changed and called off by those who saw it as it is, and by nobody else', async () => {
    const { id } = await rig.lead({ status: 'demo_scheduled' });
    await set(id, { from: 'demo_scheduled', seen: '', ...typed });
    const late = await set(id, { from: 'demo_scheduled', seen: '', ...typed, demo_at: '2097-04-01T10:00' });
    expect([late.status, late.text.includes('Nothing was overwritten')]).toEqual([412, true]);
    expect(late.text).toContain('value="2097-04-01T10:00"');
    await set(id, { from: 'demo_scheduled', seen: '0', ...typed, demo_at: '2097-04-01T10:00' });
    expect((await cancel(id, 0)).status).toBe(412);
    const answer = await cancel(id, 1);
    expect([answer.status, answer.headers.location]).toEqual([303, `/board/leads/${id}?done=demo-cancelled`]);
    expect((await cancel(id, 1)).status).toBe(412);
    expect((await dataOf(id)).map((data) => data.demo_sequence ?? -data.demo_cancelled_sequence)).toEqual([
      ...[0, 1, -2],
    ]);
    const text = await page(id);
    expect(text).toContain('Selma called off the demo on 1 Apr 2097, 10:00');
    expect(text).toContain('Set the time of the demo');
  });

  it('says what is wrong with a time, and keeps what was typed', async () => {
    const { id } = await rig.lead({ status: 'demo_scheduled' });
    const fields = { from: 'demo_scheduled', seen: '', demo_at: '2097-03-31T02:30', demo_minutes: 'x' };
    const answer = await set(id, { ...fields, demo_location: 'Her <b>' });
    expect(answer.status).toBe(422);
    for (const name of ['demo_at', 'demo_minutes'])
      expect(answer.text).toContain(`aria-describedby="${name}-error"`);
    expect(answer.text).toContain('value="Her &lt;b&gt;"');
    expect((await set(id, { ...fields, demo_at: '', demo_minutes: '' })).status).toBe(422);
    expect(await demoOf(id)).toBeUndefined();
  });

  it('says so where nobody is told, since the time has passed', async () => {
    const { id } = await rig.lead({ status: 'demo_scheduled' });
    const answer = await set(id, { from: 'demo_scheduled', seen: '', ...typed, demo_at: '2020-01-01T10:00' });
    expect(answer.headers.location).toBe(`/board/leads/${id}?done=demo-past`);
  });

  it('is called off with a loss, which says so before', async () => {
    const { id } = await rig.lead({ status: 'demo_scheduled' });
    await set(id, { from: 'demo_scheduled', seen: '', ...typed });
    const ask = async (to: string) => (await person.get(`/board/leads/${id}/move?to=${to}`)).text;
    expect(await ask('lost')).toContain('The demo on 26 Mar 2097, 13:00 is called off too');
    expect(await ask('converted')).not.toContain('called off too');
    await person.post(`/board/leads/${id}/move`, {
      from: 'demo_scheduled',
      to: 'lost',
      reason_code: 'timing',
    });
    expect((await dataOf(id)).at(-1)).toMatchObject({ to: 'lost', demo_cancelled_sequence: 1 });
    expect(await page(id)).toContain('What has happened');
    expect(await page(id)).not.toContain('id="demo"');
  });

  it('moves no lead that somebody else has moved meanwhile', async () => {
    const { id } = await rig.lead({ status: 'qualified' });
    const answer = await set(id, { from: 'contacted', seen: '', ...typed });
    expect([answer.status, answer.text.includes('Somebody moved it first')]).toEqual([412, true]);
    const gone = await rig.lead({ status: 'converted' });
    expect((await set(gone.id, { from: 'demo_scheduled', seen: '', ...typed })).status).toBe(409);
    expect([await demoOf(id), await demoOf(gone.id)]).toEqual([undefined, undefined]);
  });

  it('is only looked at by those who may not write', async () => {
    const { id } = await rig.lead({ status: 'demo_scheduled' });
    await set(id, { from: 'demo_scheduled', seen: '', ...typed });
    const reader = await rig.person(['leads:read']);
    const { text } = await reader.get(`/board/leads/${id}`);
    expect([text.includes('26 March 2097 at 13:00'), text.includes('demo_at"')]).toEqual([true, false]);
    expect((await reader.post(`/board/leads/${id}/demo`, typed)).status).toBe(403);
    expect((await reader.post(`/board/leads/${id}/demo/cancel`, { seen: 0 })).status).toBe(403);
  });
});
