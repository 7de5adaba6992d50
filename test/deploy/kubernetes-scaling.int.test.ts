import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createMaskedRef } from '@meander/lead';
import { createStack, type Stack } from '@meander/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build, kubernetes, type Part } from './kustomize.ts';

/** What KEDA asks the database, to tell how many copies of notification there should be. */
const [query] = build(join(kubernetes, 'overlays/prod'))
  .filter(({ kind }) => kind === 'ScaledObject')
  .flatMap(({ spec }) => spec.triggers as Part[])
  .flatMap(({ type, metadata }) => (type === 'postgresql' ? [metadata.query as string] : []));

let stack: Stack;
beforeAll(async () => {
  stack = await createStack();
});
afterAll(() => stack.drop());

/** Asks as notification's own role, which KEDA takes. */
const age = () =>
  stack.db.transaction(async (trx) => {
    await trx.raw('SET LOCAL ROLE meander_notification');
    const { rows } = await trx.raw(query ?? '');
    return Object.values(rows[0] as Record<string, number>)[0];
  });

it('hears how many seconds the oldest due delivery has waited, and 0 while none is due', async () => {
  expect(await age()).toBe(0);
  const deliver = async (due: string, state: string) => {
    const [lead] = await stack
      .db('leads')
      .insert({
        id: randomUUID(),
        masked_ref: createMaskedRef(),
        first_name: 'Kari',
        last_name: 'Nordmann',
        email: `${randomUUID()}@example.no`,
        organization_name: 'Eksempel',
        role_title: 'Leder',
        source: 'website',
      })
      .returning('id');
    await stack.db('notification.deliveries').insert({
      id: randomUUID(),
      event_id: randomUUID(),
      lead_id: lead.id,
      template: 'confirmation',
      message_id: randomUUID(),
      state,
      next_attempt_at: stack.db.raw(`clock_timestamp() + interval '${due}'`),
    });
  };
  await deliver('1 hour', 'retrying');
  await deliver('-9 hours', 'sent');
  expect(await age()).toBe(0);
  await deliver('-300 seconds', 'pending');
  const waited = await age();
  expect(waited).toBeGreaterThanOrEqual(300);
  expect(waited).toBeLessThan(3600);
});
