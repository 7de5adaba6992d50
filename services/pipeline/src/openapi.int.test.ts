import { createId, createMaskedRef } from '@meander/lead';
import { bookingBody } from '@meander/testing';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApi } from './openapi/document.ts';
import { createRoutes } from './routes.ts';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema({ $id: 'api', components: openApi.components });

/** Compiles a schema of the document, whose references stay inside it. */
function compile(schema: { $ref?: string }): ValidateFunction {
  return ajv.compile(schema.$ref ? { $ref: `api${schema.$ref}` } : schema);
}

type Described = {
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
};

const described = (path: string, method: string) =>
  (openApi.paths as unknown as Record<string, Record<string, Described>>)[path]?.[method];

describe('the description', () => {
  it('names every route and method of the service, and no other', () => {
    const anything = new Proxy({}, { get: () => () => () => {} });
    const routes = createRoutes(anything as never);
    const calls = (paths: object) =>
      Object.entries(paths)
        .filter(([path]) => !/^\/(docs|openapi|board|assets)/.test(path))
        .flatMap(([path, methods]) =>
          Object.keys(methods).map((method) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`),
        )
        .sort();
    expect(calls(openApi.paths)).toEqual(calls(routes));
  });

  it('is served as JSON and as a page, to anybody', async () => {
    const json = await rig.anonymous().get('/openapi.json');
    expect([json.status, json.body.openapi]).toEqual([200, '3.1.1']);
    expect(json.body).toEqual(JSON.parse(JSON.stringify(openApi)));
    const page = await rig.anonymous().get('/docs');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    for (const path of Object.keys(openApi.paths)) expect(page.text).toContain(path);
    expect((await rig.anonymous().get('/docs/page.css')).status).toBe(200);
  });

  it('holds for what the service takes and answers', async () => {
    const covered = new Set<string>();
    const call = async (
      method: 'get' | 'post' | 'put' | 'patch' | 'delete',
      template: string,
      path: string,
      body?: object,
    ) => {
      const request = rig.api()[method](path);
      const answer = await (body ? request.send(body) : request);
      const operation = described(template, method);
      const given = operation?.responses[answer.status];
      expect(given, `${method} ${template} ${answer.status}`).toBeDefined();
      covered.add(`${method} ${template}`);
      const [media] = String(answer.headers['content-type']).split(';');
      const schema = given?.content?.[String(media)]?.schema;
      if (schema && media?.endsWith('json')) {
        const validate = compile(schema);
        expect(validate(answer.body), JSON.stringify(validate.errors)).toBe(true);
      }
      const input = operation?.requestBody?.content['application/json']?.schema;
      if (input && body && answer.status < 300) {
        const validate = compile(input);
        expect(validate(body), JSON.stringify(validate.errors)).toBe(true);
      }
      return answer;
    };

    const lead = { ...bookingBody({ source: 'event' }) };
    const { id } = (await call('post', '/leads', '/leads', lead)).body;
    await call('post', '/leads', '/leads', lead);
    await call('post', '/leads', '/leads', { ...lead, email: 'x' });
    await call('get', '/leads', '/leads?status=new');
    await call('get', '/leads', '/leads?limit=201');
    await call('get', '/leads/export.csv', '/leads/export.csv');
    await call('get', '/leads/{id}', `/leads/${id}`);
    await call('get', '/leads/{id}', `/leads/${createId()}`);
    await call('patch', '/leads/{id}', `/leads/${id}`, { notes: 'Ny', phone: null });
    await call('post', '/leads/{id}/restore', `/leads/${id}/restore`, { version: 3, fields: ['notes'] });
    await call('get', '/leads/{id}/transitions', `/leads/${id}/transitions`);
    const time = { demo_at: '2026-03-27T13:00:00+01:00', demo_minutes: 30, demo_location: null };
    await call('put', '/leads/{id}/demo', `/leads/${id}/demo`, time);
    const scheduled = { to: 'demo_scheduled', ...time };
    await call('post', '/leads/{id}/transitions', `/leads/${id}/transitions`, scheduled);
    await call('put', '/leads/{id}/demo', `/leads/${id}/demo`, { ...time, demo_minutes: 45 });
    await call('get', '/leads/{id}/demo', `/leads/${id}/demo`);
    const lost = { to: 'lost', reason_code: 'timing', reason: null };
    await call('post', '/leads/{id}/transitions', `/leads/${id}/transitions`, lost);
    await call('post', '/leads/{id}/transitions', `/leads/${id}/transitions`, lost);
    await call('get', '/leads/{id}/timeline', `/leads/${id}/timeline`);
    await call('get', '/leads/{id}/personal-data', `/leads/${id}/personal-data`);
    await call('get', '/pipeline', '/pipeline');
    const held = { id: createId(), reason: 'honeypot', masked_ref: createMaskedRef() };
    await rig.db('intake.quarantine').insert({ ...held, fields: JSON.stringify(bookingBody()) });
    await call('get', '/quarantine', '/quarantine');
    await call('post', '/quarantine/{id}/release', `/quarantine/${held.id}/release`);
    await call('post', '/quarantine/{id}/release', `/quarantine/${held.id}/release`);
    await call('delete', '/leads/{id}', `/leads/${id}`);

    const all = Object.entries(openApi.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(all.filter((one) => !covered.has(one))).toEqual(['get /events']);
  });
});
