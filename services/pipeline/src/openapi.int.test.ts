import { createId, createMaskedRef } from '@meander/lead';
import { createOpenApi } from '@meander/openapi';
import {
  type ApiDocument,
  bookingBody,
  callsOf,
  createApiJudge,
  faultsOfDocument,
  routesOf,
} from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { api } from './openapi/api.ts';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;
const document = createOpenApi(api) as unknown as ApiDocument;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

/** The board is for people, and its pages are not an API. */
const isForPeople = (call: string) => / \/(board|assets)\b/.test(call);

describe('the description of the sales API', () => {
  it('is OpenAPI 3.1, by the official schema', () => {
    expect(faultsOfDocument(document)).toEqual([]);
  });

  it('names every route of the running service, and no other', () => {
    const routes = routesOf(rig.service).filter((call) => !isForPeople(call));
    expect(callsOf(document)).toEqual(routes);
  });

  it('is served as JSON and as a page, to anybody', async () => {
    const json = await rig.anonymous().get('/openapi.json');
    expect([json.status, json.body]).toEqual([200, JSON.parse(JSON.stringify(document))]);
    const page = await rig.anonymous().get('/docs');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    for (const path of Object.keys(document.paths)) expect(page.text).toContain(path);
    const [, style = ''] = /href="(\/assets\/[^"]*docs\.css)"/.exec(page.text) ?? [];
    expect((await rig.anonymous().get(style)).status).toBe(200);
  });

  it('holds for what the service takes and answers, its own examples first', async () => {
    const judge = createApiJudge(document);
    const call = async (
      method: 'get' | 'post' | 'put' | 'patch' | 'delete',
      template: string,
      path: string,
      body?: object,
    ) => {
      const request = rig.api()[method](path);
      const answer = await (body ? request.send(body) : request);
      expect(judge.faults(`${method} ${template}`, answer, body)).toEqual([]);
      return answer;
    };

    const lead = judge.example('post /leads');
    const entered = await call('post', '/leads', '/leads', lead);
    const { id } = entered.body;
    expect(entered.status).toBe(201);
    await call('post', '/leads', '/leads', { ...lead, notes: 'Først' });
    await call('post', '/leads', '/leads', { ...lead, email: 'x' });
    await call('get', '/leads', '/leads?status=new');
    await call('get', '/leads', '/leads?limit=201');
    await call('get', '/leads/export.csv', '/leads/export.csv');
    await call('get', '/leads/{id}', `/leads/${id}`);
    await call('get', '/leads/{id}', `/leads/${createId()}`);
    await call('patch', '/leads/{id}', `/leads/${id}`, judge.example('patch /leads/{id}'));
    const restore = { ...judge.example('post /leads/{id}/restore'), version: 3 };
    expect((await call('post', '/leads/{id}/restore', `/leads/${id}/restore`, restore)).status).toBe(200);
    await call('get', '/leads/{id}/transitions', `/leads/${id}/transitions`);
    const time = judge.example('put /leads/{id}/demo');
    expect((await call('put', '/leads/{id}/demo', `/leads/${id}/demo`, time)).status).toBe(409);
    const move = judge.example('post /leads/{id}/transitions');
    expect((await call('post', '/leads/{id}/transitions', `/leads/${id}/transitions`, move)).status).toBe(
      200,
    );
    expect((await call('put', '/leads/{id}/demo', `/leads/${id}/demo`, time)).status).toBe(200);
    await call('get', '/leads/{id}/demo', `/leads/${id}/demo`);
    expect((await call('delete', '/leads/{id}/demo', `/leads/${id}/demo`)).status).toBe(204);
    expect((await call('delete', '/leads/{id}/demo', `/leads/${id}/demo`)).status).toBe(404);
    await call('put', '/leads/{id}/demo', `/leads/${id}/demo`, time);
    const lost = { to: 'lost', reason_code: 'timing', reason: null };
    await call('post', '/leads/{id}/transitions', `/leads/${id}/transitions`, lost);
    await call('post', '/leads/{id}/transitions', `/leads/${id}/transitions`, lost);
    await call('get', '/leads/{id}/timeline', `/leads/${id}/timeline`);
    await call('get', '/leads/{id}/personal-data', `/leads/${id}/personal-data`);
    const mail = { id: createId(), event_id: createId(), lead_id: id, template: 'confirmation' };
    await rig.db('notification.deliveries').insert({ ...mail, message_id: '<a@b>', state: 'failed' });
    await call('post', '/deliveries/{id}/retry', `/deliveries/${mail.id}/retry`);
    await call('post', '/deliveries/{id}/retry', `/deliveries/${createId()}/retry`);
    await rig.db('notification.deliveries').where({ id: mail.id }).update({ state: 'sent' });
    await call('post', '/deliveries/{id}/retry', `/deliveries/${mail.id}/retry`);
    await call('get', '/pipeline', '/pipeline');
    const held = { id: createId(), reason: 'honeypot', masked_ref: createMaskedRef() };
    await rig.db('intake.quarantine').insert({ ...held, fields: JSON.stringify(bookingBody()) });
    await call('get', '/quarantine', '/quarantine');
    await call('post', '/quarantine/{id}/release', `/quarantine/${held.id}/release`);
    await call('post', '/quarantine/{id}/release', `/quarantine/${held.id}/release`);
    const erase = () => rig.api().delete(`/leads/${id}`);
    expect(judge.faults('delete /leads/{id}', await erase().set('if-match', '"1"'))).toEqual([]);
    await call('delete', '/leads/{id}', `/leads/${id}`);

    for (const path of ['/healthz', '/readyz', '/docs', '/openapi.json', '/asyncapi.json'])
      await call('get', path, path);
    expect(judge.unjudged()).toEqual(['get /events']);
  });
});
