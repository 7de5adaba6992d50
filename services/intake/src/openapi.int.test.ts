import { createMaskedRef } from '@meander/lead';
import { createOpenApi } from '@meander/openapi';
import { type ApiDocument, callsOf, createApiJudge, faultsOfDocument, routesOf } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IntakeFixture, startIntake } from './intake.fixture.test.ts';
import { api } from './openapi/api.ts';

let intake: IntakeFixture;
const document = createOpenApi(api) as unknown as ApiDocument;

beforeAll(async () => {
  intake = await startIntake();
});
afterAll(() => intake.stop());

describe('the description of intake', () => {
  it('is OpenAPI 3.1, by the official schema', () => {
    expect(faultsOfDocument(document)).toEqual([]);
  });

  it('names every route of the running service, and no other', () => {
    expect(callsOf(document)).toEqual(routesOf(intake.service));
  });

  it('holds for what the service takes and answers, its own examples first', async () => {
    const judge = createApiJudge(document);
    const get = async (template: string, path = template) => {
      const answer = await intake.api().get(path);
      expect(judge.faults(`get ${template}`, answer)).toEqual([]);
      return answer;
    };
    const post = async (body: object, type = 'application/json') => {
      const answer = await intake
        .api()
        .post('/leads')
        .set('x-forwarded-for', intake.freshAddress())
        .type(type)
        .send(body);
      expect(judge.faults('post /leads', answer, body, type)).toEqual([]);
      return answer;
    };

    const example = judge.example('post /leads');
    const accepted = await post(example);
    expect(accepted.status).toBe(202);
    const form = judge.example('post /leads', 'application/x-www-form-urlencoded');
    expect((await post(form, 'application/x-www-form-urlencoded')).status).toBe(303);
    expect((await post({ ...example, email: 'x' })).status).toBe(422);
    const unreadable = await intake.api().post('/leads').type('text/plain').send('Kari');
    expect([unreadable.status, judge.faults('post /leads', unreadable)]).toEqual([415, []]);
    const ref = accepted.body.masked_ref;
    await get('/confirmations/{masked_ref}', `/confirmations/${ref}`);
    await get('/confirmations/{masked_ref}', `/confirmations/${createMaskedRef()}`);
    await get('/confirmation/{masked_ref}', `/confirmation/${ref}`);
    const again = await intake
      .api()
      .post(`/confirmation/${ref}/resend`)
      .set('sec-fetch-site', 'same-origin')
      .type('form')
      .send({});
    const resend = 'post /confirmation/{masked_ref}/resend';
    expect(judge.faults(resend, again, {}, 'application/x-www-form-urlencoded')).toEqual([]);
    const page = await get('/docs');
    for (const path of Object.keys(document.paths)) expect(page.text).toContain(path);
    const [, style = ''] = /href="(\/assets\/[^"]*docs\.css)"/.exec(page.text) ?? [];
    await get('/assets/{version}/{name}', style);
    expect((await get('/openapi.json')).body).toEqual(JSON.parse(JSON.stringify(document)));
    for (const path of ['/', '/embed.js', '/healthz', '/readyz']) await get(path);
    expect((await get('/probe')).status).toBe(404);
    expect(judge.unjudged()).toEqual([]);
  });
});
