import type { HttpService } from '@meander/runtime';
import { bookingBody, createStack, type Stack } from '@meander/testing';
import supertest from 'supertest';
import { loadIntakeConfig } from './config.ts';
import { createService } from './service.ts';

type Overrides = Parameters<typeof createService>[1];

/** Intake on a stack of its own, behind a trusted proxy on loopback, and how tests talk to it. */
export interface IntakeFixture {
  stack: Stack;
  service: HttpService;
  /** An address that no other call has, so that the limit of five does not answer first. */
  freshAddress(): string;
  api(): ReturnType<typeof supertest>;
  post(
    body: unknown,
    options?: { from?: string; headers?: Record<string, string> },
  ): Promise<supertest.Response>;
  leadOf(email: string): Promise<Record<string, unknown> & { id: string; masked_ref: string }>;
  leadCount(): Promise<number>;
  stop(): Promise<void>;
}

export async function startIntake(
  env: Record<string, string> = {},
  overrides: Overrides = {},
): Promise<IntakeFixture> {
  const stack = await createStack();
  const service = createService(
    loadIntakeConfig({ ...stack.env, TRUSTED_PROXIES: '127.0.0.1', ...env }),
    overrides,
  );
  await service.start();
  let calls = 0;
  const freshAddress = () => {
    calls += 1;
    return `203.0.${Math.floor(calls / 250)}.${(calls % 250) + 1}`;
  };
  const api = () => supertest(`http://127.0.0.1:${service.port}`);
  return {
    stack,
    service,
    freshAddress,
    api,
    // Sent at once, also when it is awaited later: supertest's own requests wait for that.
    post: async (body = bookingBody(), { from = freshAddress(), headers = {} } = {}) =>
      await api()
        .post('/leads')
        .set({ 'x-forwarded-for': from, ...headers })
        .send(body as object),
    leadOf: (email) => stack.db('leads').where({ email: email.trim().toLowerCase() }).first(),
    leadCount: async () => Number((await stack.db('leads').count())[0]?.count),
    async stop() {
      await service.stop();
      await stack.drop();
    },
  };
}

/** What is told besides ids, references and times: their digits are nobody's, and may be those of a phone number. */
export const besidesIds = (told: unknown): string =>
  JSON.stringify(told)
    .replace(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, 'ID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/(?<=["/])[1-9A-HJ-NP-Za-km-z]{22}(?=")/g, 'REFERENCE');
