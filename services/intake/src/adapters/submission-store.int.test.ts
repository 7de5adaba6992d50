import { createId, parseBooking, typedFields } from '@meander/lead';
import { type Database, openDatabase } from '@meander/runtime';
import { bookingBody, createStack, type Stack, waitUntil } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Submission, submissionHash } from '../domain/submission.ts';
import type { SubmissionStore } from '../handlers/submit-lead.ts';
import { createSubmissionStore } from './submission-store.ts';

let stack: Stack;
const pools: Database[] = [];

beforeAll(async () => {
  stack = await createStack();
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.destroy()));
  await stack.drop();
});

/** The store of one copy of intake. */
function openStore(): SubmissionStore {
  const role = 'meander_intake';
  const db = openDatabase({ url: stack.databaseUrl, role, poolSize: 5, applicationName: 'test' });
  pools.push(db);
  return createSubmissionStore(db, { committed: () => {} });
}

/** @param key of the request, where it has one */
function submission(overlay: Record<string, unknown> = {}, key?: string): Submission {
  const body = bookingBody(overlay);
  const parsed = parseBooking(body, { locale: 'nb', phoneRegion: 'NO' });
  if (!parsed.ok) throw new Error('the test books what is not valid');
  const fields = typedFields(body);
  const requestHash = submissionHash(fields, null);
  return {
    booking: parsed.value,
    fields,
    ipAddress: '192.0.2.7',
    arrivedAt: performance.now(),
    idempotency: key === undefined ? null : { key, requestHash },
  };
}

/** One that the validators would never let through. */
function unstorable(): Submission {
  const valid = submission();
  return { ...valid, booking: { ...valid.booking, role_title: 'x'.repeat(151) } };
}

const several = (n: number) => Array.from({ length: n }, () => submission());
const leadOf = ({ booking }: Submission) => stack.db('leads').where({ email: booking.email }).first();
const keptOf = async (leadId: string) => {
  const [submissions, events] = await Promise.all([
    stack.db('intake.submissions').where({ lead_id: leadId }).orderBy('lead_version'),
    stack.db('messaging.outbox').where({ subject: leadId }).orderBy('id'),
  ]);
  return { submissions, events };
};

describe('submissions at one instant', () => {
  it('are each a lead, a submission and an event, as if they had come alone', async () => {
    const store = openStore();
    const all = several(200);
    const accepted = await Promise.all(all.map((one) => store.accept(one)));
    for (const [index, one] of all.entries()) {
      const lead = await leadOf(one);
      expect(accepted[index]).toEqual({
        ok: true,
        receipt: { maskedRef: lead.masked_ref, receivedAt: lead.last_booked_at },
      });
      const { submissions, events } = await keptOf(lead.id);
      expect(submissions).toMatchObject([{ fields: one.fields, lead_version: 1, ip_address: '192.0.2.7' }]);
      expect(events).toMatchObject([
        {
          type: 'LeadCreated',
          routing_key: 'lead.created',
          event: {
            specversion: '1.0',
            id: events[0].event_id,
            type: 'LeadCreated',
            source: '/meander/intake',
            subject: lead.id,
            time: lead.last_booked_at.toISOString(),
            datacontenttype: 'application/json',
            dataschema: 'urn:meander:event:LeadCreated:1',
            data: {
              version: 1,
              status: 'new',
              booking_count: 1,
              submission_id: submissions[0].id,
              booked_at: lead.last_booked_at.toISOString(),
            },
          },
        },
      ]);
    }
  });

  it('of one address are one lead, in the order in which they came', async () => {
    const store = openStore();
    const email = 'i.rekke@example.no';
    const texts = ['en', 'to', 'tre', 'fire', 'fem', 'seks'];
    const others = several(20);
    await Promise.all(
      texts.flatMap((notes, index) => [
        store.accept(submission({ email, notes })),
        ...others.slice(index * 3, index * 3 + 3).map((one) => store.accept(one)),
      ]),
    );
    const lead = await stack.db('leads').where({ email }).first();
    expect(lead).toMatchObject({ booking_count: 6, version: 6, notes: 'seks' });
    const { submissions, events } = await keptOf(lead.id);
    expect(submissions.map(({ fields }) => fields.notes)).toEqual(texts);
    expect(events.map(({ event }) => event.data.booking_count)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(events.map(({ type }) => type)).toEqual(['LeadCreated', ...Array(5).fill('LeadRebooked')]);
  });

  it('DED-13 are told as repeated where the same came while the first was under way', async () => {
    // Of two copies: they share nothing but the database.
    const [store, other] = [openStore(), openStore()];
    const first = submission({ notes: 'to klikk', attribution: { utm_source: 'nyhetsbrev' } });
    const crossing = [
      { ...first },
      { ...first, fields: { ...first.fields, notes: 'noe annet' } },
      { ...first, booking: { ...first.booking, attribution: null } },
    ];
    await store.accept(first);
    for (const one of crossing) await other.accept(one);
    await other.accept({ ...first, arrivedAt: performance.now() });
    const { submissions, events } = await keptOf((await leadOf(first)).id);
    expect(submissions).toHaveLength(5);
    expect(events.map(({ event }) => event.data.repeated)).toEqual([
      ...[undefined, true, undefined, undefined],
      undefined,
    ]);
  });

  it('DED-13 are told as repeated also where they waited for one another in the database', async () => {
    const [store, other] = [openStore(), openStore()];
    const twice = submission();
    const gate = await stack.db.transaction();
    await gate.raw('LOCK TABLE messaging.outbox IN EXCLUSIVE MODE');
    const accepted = Promise.all([store.accept(twice), other.accept(twice)]);
    await waitUntil('both wait', async () => {
      const { rows } = await stack.db.raw(
        "SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rows[0].waiting === 2;
    });
    await gate.commit();
    expect(await accepted).toMatchObject([{ ok: true }, { ok: true }]);
    const { events } = await keptOf((await leadOf(twice)).id);
    expect(events.map(({ event }) => event.data.repeated)).toEqual([undefined, true]);
  });

  it('are refused alone where the database refuses one: its neighbours are accepted', async () => {
    const store = openStore();
    const good = several(30);
    const bad = [unstorable(), unstorable()];
    const mixed = [
      ...good.slice(0, 7),
      ...bad.slice(0, 1),
      ...good.slice(7, 23),
      ...bad.slice(1),
      ...good.slice(23),
    ];
    const ended = await Promise.allSettled(mixed.map((one) => store.accept(one)));
    const refused = mixed.filter((_one, index) => ended[index]?.status === 'rejected');
    expect(refused).toEqual(bad);
    for (const one of good) expect(await leadOf(one)).toMatchObject({ booking_count: 1 });
    for (const one of bad) expect(await leadOf(one)).toBeUndefined();
  });

  it('do not wait for the one whose lead somebody holds; that one is accepted when it is free', async () => {
    const store = openStore();
    const held = submission();
    await store.accept(held);
    const holder = await stack.db.transaction();
    await holder('leads').where({ email: held.booking.email }).update({ source: 'partner' });
    let isAccepted = false;
    const waiting = store.accept(held).then((acceptance) => {
      isAccepted = true;
      return acceptance;
    });
    try {
      for (let round = 0; round < 3; round += 1) {
        await Promise.all(several(20).map((one) => store.accept(one)));
      }
      expect(isAccepted).toBe(false);
    } finally {
      await holder.commit();
    }
    expect((await waiting).ok).toBe(true);
    expect(await leadOf(held)).toMatchObject({ booking_count: 2, source: 'partner' });
  });

  it('to two copies are one lead, and none waits for ever', async () => {
    const [one, other] = [openStore(), openStore()];
    const people = several(40);
    await Promise.all([
      ...people.map((person) => one.accept(person)),
      ...[...people].reverse().map((person) => other.accept(person)),
    ]);
    for (const person of people) expect(await leadOf(person)).toMatchObject({ booking_count: 2 });
  });
});

describe('an Idempotency-Key', () => {
  it('used at one instant, in one copy or in two, is one booking with one answer', async () => {
    const stores = [openStore(), openStore()];
    for (let round = 0; round < 10; round += 1) {
      const one = submission({}, createId());
      const acceptances = await Promise.all(
        [0, 1, 0, 1, 0].map((copy) => (stores[copy] as SubmissionStore).accept(one)),
      );
      expect(new Set(acceptances.map((acceptance) => JSON.stringify(acceptance))).size).toBe(1);
      expect(await leadOf(one)).toMatchObject({ booking_count: 1 });
    }
  });

  it('of another body is refused, and its neighbours are accepted', async () => {
    const store = openStore();
    const key = createId();
    await store.accept(submission({}, key));
    const [reused, ...others] = await Promise.all([
      store.accept(submission({}, key)),
      ...several(10).map((one) => store.accept(one)),
    ]);
    expect(reused).toEqual({ ok: false, reason: 'idempotency-key-reused' });
    expect(others.every(({ ok }) => ok)).toBe(true);
  });
});

it('goes on by itself once the database is back', async () => {
  const store = openStore();
  await store.accept(submission());
  await stack.administer('ALTER DATABASE :name ALLOW_CONNECTIONS false');
  await stack.administer(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ':name' AND application_name = 'test'",
  );
  const ended = await Promise.allSettled(several(10).map((one) => store.accept(one)));
  expect(ended.every(({ status }) => status === 'rejected')).toBe(true);
  await stack.administer('ALTER DATABASE :name ALLOW_CONNECTIONS true');
  await waitUntil('a submission is accepted again', () => store.accept(submission()).then(({ ok }) => ok));
});
