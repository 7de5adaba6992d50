import { createId, createMaskedRef, syntheticDomain } from '@meander/lead';
import { type Database, openDatabase } from '@meander/runtime';
import { createStack, type Stack, waitUntil } from '@meander/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { removeSynthetic } from './remove-synthetic.ts';

let stack: Stack;
/** As the canary and the doctor have it. */
let db: Database;

beforeAll(async () => {
  stack = await createStack();
  const role = 'meander_intake';
  db = openDatabase({ url: stack.databaseUrl, role, poolSize: 2, applicationName: 'synthetic-test' });
});
afterAll(async () => {
  await db.destroy();
  await stack.drop();
});

async function madeUp() {
  const lead = { id: createId(), masked_ref: createMaskedRef() };
  await stack.db('leads').insert({
    ...{ ...lead, email: `${lead.id}@${syntheticDomain}`, first_name: 'Synthetic', last_name: 'Booking' },
    ...{ organization_name: 'Meander doctor', role_title: 'Test' },
  });
  return lead;
}
const isAwaited = async () => {
  const { rows } = await stack.db.raw(
    "SELECT FROM pg_stat_activity WHERE application_name = 'synthetic-test' AND wait_event_type = 'Lock'",
  );
  return rows.length > 0;
};

it('takes a made-up lead away with the mail that is written down for it meanwhile', async () => {
  const { id, masked_ref } = await madeUp();
  const writer = await stack.db.transaction();
  await writer('notification.deliveries').insert({
    ...{
      id: createId(),
      event_id: createId(),
      lead_id: id,
      template: 'confirmation',
      message_id: `<${id}@a>`,
    },
  });
  const removed = removeSynthetic(db, { maskedRef: masked_ref });
  await waitUntil('it waits for the writer', isAwaited).finally(() => writer.commit());
  expect(await removed).toBe(1);
  expect(await stack.db('leads').where({ id })).toEqual([]);
});

it('by two at once happens once, and is told once', async () => {
  const { id, masked_ref } = await madeUp();
  const holder = await stack.db.transaction();
  await holder('leads').where({ id }).forUpdate();
  const both = Promise.all([1, 2].map(() => removeSynthetic(db, { maskedRef: masked_ref })));
  await waitUntil('they wait', isAwaited).finally(() => holder.commit());
  expect((await both).sort()).toEqual([0, 1]);
  expect(await stack.db('messaging.outbox').where({ subject: id, type: 'LeadErased' })).toHaveLength(1);
});
