import { createKey, scopes } from '@meander/auth';
import { createId } from '@meander/lead';
import { createOpenApi } from '@meander/openapi';
import type { HttpService } from '@meander/runtime';
import {
  type ApiDocument,
  callsOf,
  createApiJudge,
  faultsOfDocument,
  routesOf,
  type SmtpSink,
  startSmtpSink,
  waitUntil,
} from '@meander/testing';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from './openapi/api.ts';
import { createRig } from './testing/rig.ts';

let rig: Awaited<ReturnType<typeof createRig>>;
let sink: SmtpSink;
let service: HttpService;
let authorization: string;
const document = createOpenApi(createApi(true)) as unknown as ApiDocument;

beforeAll(async () => {
  rig = await createRig();
  sink = await startSmtpSink();
  service = await rig.start({ SMTP_URL: sink.url, PREVIEW: '1' });
  const { secret } = await createKey(rig.stack.db, { name: 'test', scopes: [...scopes], expiresAt: null });
  authorization = `Bearer ${secret}`;
});
afterAll(async () => {
  await rig.stop(service);
  await sink.stop();
  await rig.stack.drop();
});

describe('the description of notification', () => {
  it('is OpenAPI 3.1, by the official schema, with the preview and without', () => {
    expect(faultsOfDocument(document)).toEqual([]);
    expect(faultsOfDocument(createOpenApi(createApi(false)))).toEqual([]);
  });

  it('names every route of the running service, and no other', async () => {
    expect(callsOf(document)).toEqual(routesOf(service));
    const without = await rig.start({ SMTP_URL: sink.url });
    const plain = createOpenApi(createApi(false)) as unknown as ApiDocument;
    expect(callsOf(plain)).toEqual(routesOf(without));
    await rig.stop(without);
  });

  it('holds for what the service answers', async () => {
    const judge = createApiJudge(document);
    const call = async (method: 'get' | 'post', template: string, path = template) => {
      const answer = await supertest(`http://127.0.0.1:${service.port}`)[method](path).set({ authorization });
      expect(judge.faults(`${method} ${template}`, answer)).toEqual([]);
      return answer;
    };
    const lead = await rig.addLead();
    await rig.tell(rig.booked(lead.id));
    const [sent] = await waitUntil('the mail is sent', async () => {
      const { body } = await call('get', '/deliveries', '/deliveries?state=sent');
      return body.items.length > 0 ? (body.items as { id: string }[]) : undefined;
    });
    await call('get', '/deliveries', '/deliveries?limit=0');
    expect((await call('post', '/deliveries/{id}/retry', `/deliveries/${sent?.id}/retry`)).status).toBe(409);
    await call('post', '/deliveries/{id}/retry', `/deliveries/${createId()}/retry`);
    await rig.stack.db('notification.deliveries').update({ state: 'failed' });
    expect((await call('post', '/deliveries/{id}/retry', `/deliveries/${sent?.id}/retry`)).status).toBe(202);
    await call('post', '/deliveries/retry', '/deliveries/retry?state=failed');
    await call('post', '/deliveries/retry');
    await call('get', '/preview/{name}', '/preview/confirmation.nb');
    await call('get', '/preview/{name}', '/preview/unknown');
    const page = await call('get', '/docs');
    const [, style = ''] = /href="(\/assets\/[^"]*docs\.css)"/.exec(page.text) ?? [];
    await call('get', '/assets/{version}/{name}', style);
    for (const path of ['/preview', '/preview/preview.css', '/openapi.json', '/healthz', '/readyz']) {
      await call('get', path);
    }
    expect(judge.unjudged()).toEqual([]);
  });
});
