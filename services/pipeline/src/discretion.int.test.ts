import { createKey, scopes } from '@meander/auth';
import { createId, createMaskedRef } from '@meander/lead';
import {
  bookingBody,
  createStack,
  type OtlpReceiver,
  type ServiceHandle,
  type Stack,
  startOtlpReceiver,
  startServices,
  waitUntil,
} from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let stack: Stack;
let receiver: OtlpReceiver;
let pipeline: ServiceHandle;
let key: string;

beforeAll(async () => {
  stack = await createStack();
  receiver = await startOtlpReceiver();
  const { secret } = await createKey(stack.db, { name: 'test', scopes });
  key = secret;
  ({ pipeline } = await startServices(['pipeline'], { ...stack.env, ...receiver.env }));
});
afterAll(async () => {
  await pipeline.stop();
  await receiver.stop();
  await stack.drop();
});

/** The body of the answer; whatever the answer is, it counts for what it leaves behind. */
async function call(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const answer = await fetch(`${pipeline.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

describe('PRV-03 PRV-13 what the service leaves in its logs, traces and events', () => {
  it('holds nothing of a person, no key and no reference, whatever is asked and however it ends', async () => {
    const email = 'loggtest@example.com';
    const body = bookingBody({ email, source: 'event', notes: 'hemmelig-notat-1', first_name: 'Loggfrid' });
    const entered = await call('POST', '/leads', body);
    expect(entered.status).toBe(201);
    const { id, masked_ref } = JSON.parse(entered.text);
    const quarantined = createId();
    const quarantinedRef = createMaskedRef();
    await stack.db('intake.quarantine').insert({
      ...{ id: quarantined, reason: 'too-fast', masked_ref: quarantinedRef, fields: JSON.stringify(body) },
    });
    const wrongKey = `mlk_${'hemmelig'.padEnd(43, 'A')}`;

    const statuses = [
      await call('POST', '/leads', { ...body, email: 'hemmelig-ugyldig' }),
      await call('PATCH', `/leads/${id}`, { notes: 'hemmelig-notat-2' }),
      await call('POST', `/leads/${id}/restore`, { version: 2 }),
      await call('POST', `/leads/${id}/transitions`, { to: 'contacted', reason: 'hemmelig-grunn' }),
      await call('POST', `/leads/${id}/transitions`, { to: 'new', reason: 'hemmelig-grunn' }),
      await call('GET', `/leads/${masked_ref}`),
      await call('GET', `/leads?q=${email}`),
      await call('GET', `/leads?${email}=1`),
      await call('GET', `/leads/${encodeURIComponent(email)}`),
      await call('GET', `/leads/export.csv?q=Loggfrid`),
      await call('GET', `/leads/${id}/timeline`),
      await call('GET', `/leads/${id}/personal-data`),
      await call('POST', `/quarantine/${quarantined}/release`),
      await call('GET', `/leads/${id}`, undefined, { authorization: `Bearer ${wrongKey}` }),
      await call('GET', `/leads/${id}`, undefined, { authorization: `Bearer ${masked_ref}` }),
      await call('DELETE', `/leads/${id}`),
    ].map(({ status }) => status);
    expect(statuses).toEqual([
      422, 200, 200, 200, 409, 200, 200, 400, 404, 200, 200, 200, 200, 401, 401, 204,
    ]);

    await waitUntil('the erasure is in the log and its trace has arrived', () =>
      [pipeline.lines, receiver.received].every((kept) => kept.some((line) => line.includes('DELETE'))),
    );
    const events = await stack.db('messaging.outbox').pluck('event');
    expect(events.length).toBeGreaterThan(4);
    const left = [...pipeline.lines, ...receiver.received, JSON.stringify(events)].join('\n');
    expect(left).toContain(id);
    for (const secret of [email, 'loggtest', 'Loggfrid', 'Nordmann', 'hemmelig', '40612345', '406 12 345']) {
      expect(left, secret).not.toContain(secret);
    }
    for (const secret of [masked_ref, quarantinedRef, key, '127.0.0.1:']) expect(left).not.toContain(secret);
  });
});
