import { createKey, type Scope, scopes } from '@meander/auth';
import { createId, createMaskedRef } from '@meander/lead';
import type { HttpService } from '@meander/runtime';
import { createStack, type Stack } from '@meander/testing';
import supertest from 'supertest';
import { loadPipelineConfig } from './config.ts';
import { createService } from './service.ts';

/** Pipeline on a stack of its own, with a key that opens everything. */
export async function startRig(env: Record<string, string> = {}) {
  const stack: Stack = await createStack();
  const started: HttpService[] = [];

  const start = async (more: Record<string, string> = {}) => {
    const service = createService(loadPipelineConfig({ ...stack.env, ...env, ...more }));
    await service.start();
    started.push(service);
    return service;
  };
  /** A key that holds these scopes, as a header. */
  const keyFor = async (held: readonly Scope[], expiresAt: Date | null = null) => {
    const { secret, key } = await createKey(stack.db, { name: 'test', scopes: held, expiresAt });
    return { id: key.id, authorization: `Bearer ${secret}` };
  };
  const service = await start();
  const { id: keyId, authorization } = await keyFor(scopes);
  const bearer = { authorization };
  const at = (on: HttpService = service) => `http://127.0.0.1:${on.port}`;

  return {
    stack,
    db: stack.db,
    service,
    start,
    keyFor,
    bearer,
    /** Who the rig's key is in histories. */
    actor: `key:${keyId}`,
    url: at,
    /** The API without a key. */
    anonymous: (on?: HttpService) => supertest(at(on)),
    /** The API with the key that opens everything. */
    api: (on?: HttpService) => supertest.agent(at(on)).set(bearer),
    /** Selma at the board, who is signed in by a key that holds these scopes. */
    async person(held: readonly Scope[] = scopes) {
      const { secret, key } = await createKey(stack.db, { name: 'Selma', scopes: held });
      const headers = { 'sec-fetch-site': 'same-origin', accept: 'text/html' };
      const form = (path: string, fields: object = {}, more: Record<string, string> = {}) =>
        supertest(at())
          .post(path)
          .type('form')
          .set({ ...headers, ...more })
          .send(fields);
      const entered = await form('/board/sign-in', { key: secret, lang: 'en' });
      const cookie = String(entered.headers['set-cookie']).split(';')[0] ?? '';
      return {
        actor: `key:${key.id}`,
        cookie,
        get: (path: string) =>
          supertest(at())
            .get(path)
            .set({ ...headers, cookie }),
        post: (path: string, fields: object = {}, more: Record<string, string> = {}) =>
          form(path, fields, { cookie, ...more }),
      };
    },
    /** A lead as it stands, written past the API. */
    async lead(overlay: Record<string, unknown> = {}) {
      const id = createId();
      const lead = {
        id,
        first_name: 'Kari',
        last_name: 'Moe',
        email: `${id}@example.com`,
        organization_name: 'Moe AS',
        role_title: 'Koordinator',
        masked_ref: createMaskedRef(),
        status: 'new',
        ...overlay,
      };
      await stack.db('leads').insert(lead);
      return lead;
    },
    row: (id: string) => stack.db('leads').where({ id }).first(),
    eventsOf: (id: string) => stack.db('messaging.outbox').where({ subject: id }).orderBy('id'),
    async stop() {
      await Promise.all(started.map((one) => one.stop()));
      await stack.drop();
    },
  };
}

export type Rig = Awaited<ReturnType<typeof startRig>>;
