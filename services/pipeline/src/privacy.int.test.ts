import { recordBooking } from '@meander/bookings';
import { createId, createMaskedRef, parseBooking } from '@meander/lead';
import { beginErasure, bookingBody } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

/** What the person has typed somewhere, and what was made for them; none may be left. */
const secrets = {
  email: 'berit.hemmelig@example.com',
  otherSpelling: ' Berit.Hemmelig@EXAMPLE.com',
  firstName: 'Hemmelberit',
  formerName: 'Hemmelbirgit',
  lastName: 'Hemmelsen',
  phone: '+4740612345',
  organization: 'Hemmelberg AS',
  notes: 'hemmelig-notat-1',
  formerNotes: 'hemmelig-notat-0',
  reason: 'hemmelig-grunn',
  campaign: 'hemmelig-kampanje',
  address: '203.0.113.77',
  smtp: '550 5.1.1 <berit.hemmelig@example.com>: user unknown',
};

async function book(overlay: Record<string, unknown> = {}) {
  const body = bookingBody({
    ...{ email: secrets.email, first_name: secrets.firstName, last_name: secrets.lastName },
    ...{ phone: secrets.phone, organization_name: secrets.organization, notes: secrets.notes },
    attribution: { utm_campaign: secrets.campaign },
    ...overlay,
  });
  const parsed = parseBooking(body, { locale: 'nb', phoneRegion: 'NO' });
  if (!parsed.ok) throw new Error('the test books what is not valid');
  const { attribution, ...contact } = parsed.value;
  const { lead } = await rig.db.transaction((trx) =>
    recordBooking(trx, { contact, fields: body, attribution, ipAddress: secrets.address, service: 'intake' }),
  );
  return lead;
}

/** A person who has left something in every table. */
async function person() {
  await book({ first_name: secrets.formerName, notes: secrets.formerNotes });
  const lead = await book();
  const api = rig.api();
  await api.post(`/leads/${lead.id}/transitions`).send({ to: 'contacted', reason: secrets.reason });
  await api.patch(`/leads/${lead.id}`).send({ notes: secrets.notes.toUpperCase() });
  const [event_id, deliveryId] = [createId(), createId()];
  await rig.db('notification.deliveries').insert({
    ...{ id: deliveryId, event_id, lead_id: lead.id, template: 'confirmation', message_id: event_id },
    ...{ state: 'failed', last_response_code: 550, last_response: secrets.smtp },
  });
  await rig.db('intake.resends').insert({ lead_id: lead.id, booking_count: 2 });
  await api.post(`/deliveries/${deliveryId}/retry`);
  const quarantinedRef = createMaskedRef();
  await rig.db('intake.quarantine').insert({
    ...{ id: createId(), reason: 'too-fast', masked_ref: quarantinedRef, ip_address: secrets.address },
    fields: JSON.stringify(bookingBody({ email: secrets.otherSpelling, last_name: secrets.lastName })),
  });
  for (const ref of [lead.masked_ref, quarantinedRef]) {
    await rig.db('intake.idempotency_keys').insert({
      ...{ key: createId(), request_hash: Buffer.from('x') },
      answer: JSON.stringify({ masked_ref: ref, received_at: new Date() }),
    });
  }
  return { ...lead, quarantinedRef };
}

/** Every place of the database, whatever its type, that holds one of the values. */
async function placesOf(values: readonly string[]): Promise<string[]> {
  const columns = await rig
    .db('information_schema.columns')
    .join('information_schema.tables as tables', function sameTable() {
      this.on('tables.table_schema', 'columns.table_schema').andOn('tables.table_name', 'columns.table_name');
    })
    .where('tables.table_type', 'BASE TABLE')
    .whereNotIn('columns.table_schema', ['pg_catalog', 'information_schema'])
    .select('columns.table_schema as schema', 'columns.table_name as name', 'columns.column_name as column');
  expect(columns.length).toBeGreaterThan(60);
  const places: string[] = [];
  for (const { schema, name, column } of columns) {
    const found = await rig
      .db(`${schema}.${name}`)
      .whereRaw('EXISTS (SELECT FROM unnest(?::text[]) AS v WHERE strpos(lower(??::text), lower(v)) > 0)', [
        [...values],
        column,
      ])
      .first(rig.db.raw('1'));
    if (found) places.push(`${schema}.${name}.${column}`);
  }
  return places.sort();
}

describe('what is kept of a person', () => {
  it('is shown whole, as one JSON', async () => {
    const lead = await person();
    const answer = await rig.api().get(`/leads/${lead.id}/personal-data`);
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body.lead).toMatchObject({ id: lead.id, email: secrets.email });
    const { lead: _lead, ...parts } = answer.body as Record<string, Record<string, unknown>[]>;
    expect(Object.fromEntries(Object.entries(parts).map(([name, rows]) => [name, rows.length]))).toEqual({
      submissions: 2,
      changes: 2,
      transitions: 1,
      demos: 0,
      resends: 1,
      deliveries: 1,
      delivery_retries: 1,
      quarantine: 1,
    });
    expect(parts.delivery_retries?.[0]).toMatchObject({
      delivery_id: parts.deliveries?.[0]?.id,
      requested_by: rig.actor,
    });
    for (const value of Object.values(secrets)) expect(answer.text).toContain(value.trim());
  });

  it('leaves out no table whose rows belong to a lead', async () => {
    const { rows } = await rig.db.raw<{ rows: { name: string }[] }>(`
      SELECT DISTINCT conrelid::regclass::text AS name FROM pg_constraint
      WHERE contype = 'f' AND confrelid = 'leads'::regclass ORDER BY name`);
    expect(rows.map(({ name }) => name)).toEqual([
      'intake.quarantine',
      'intake.resends',
      'intake.submissions',
      'lead_changes',
      'notification.deliveries',
      'pipeline.demos',
      'pipeline.transitions',
      // Made up, and nobody.
      'synthetic_leads',
    ]);
  });

  it('is told to a holder of leads:read alone, and not for an unknown lead', async () => {
    expect((await rig.api().get(`/leads/${createId()}/personal-data`)).status).toBe(404);
    expect((await rig.anonymous().get(`/leads/${createId()}/personal-data`)).status).toBe(401);
  });
});

describe('erasure', () => {
  it('leaves nothing of the person anywhere in the database, and an anonymous tombstone', async () => {
    await rig.db.raw('TRUNCATE leads, intake.quarantine, intake.idempotency_keys CASCADE');
    const bystander = await rig.lead();
    const lead = await person();
    const values = [
      ...Object.values(secrets).map((value) => value.trim()),
      lead.masked_ref,
      lead.quarantinedRef,
    ];
    const before = await placesOf(values);
    // Were these not found, the search would prove nothing.
    expect(before).toEqual(
      expect.arrayContaining([
        'intake.idempotency_keys.answer',
        'intake.quarantine.fields',
        'intake.quarantine.ip_address',
        'intake.submissions.attribution',
        'intake.submissions.fields',
        'notification.deliveries.last_response',
        'pipeline.transitions.reason',
        'public.lead_changes.changes',
        'public.leads.email',
        'public.leads.search_text',
      ]),
    );

    const answer = await rig.api().delete(`/leads/${lead.id}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await placesOf(values)).toEqual([]);
    expect(await placesOf([lead.id])).toEqual([
      'messaging.outbox.event',
      'messaging.outbox.subject',
      'pipeline.erased_leads.lead_id',
    ]);
    const tombstone = await rig.db('pipeline.erased_leads').where({ lead_id: lead.id }).first();
    expect(tombstone).toMatchObject({ erased_by: rig.actor, status: 'contacted', source: 'website' });
    const event = (await rig.eventsOf(lead.id)).at(-1);
    expect(event).toMatchObject({ type: 'LeadErased', event: { data: { erased_by: rig.actor } } });
    expect(await rig.row(bystander.id)).toMatchObject({ email: bystander.email });

    for (const path of ['', '/timeline', '/personal-data', '/transitions'])
      expect((await rig.api().get(`/leads/${lead.id}${path}`)).status).toBe(404);
    expect((await rig.api().delete(`/leads/${lead.id}`)).status).toBe(404);
  });

  it('leaves a later booking of the same address a new lead', async () => {
    const lead = await person();
    await rig.api().delete(`/leads/${lead.id}`);
    const later = await book();
    expect(later).toMatchObject({ booking_count: 1, version: 1, status: 'new' });
    expect([later.id, later.masked_ref]).not.toContain(lead.id);
    expect((await rig.api().get(`/leads/${later.id}/timeline`)).body.items).toHaveLength(1);
  });

  it('and bookings at one instant leave the old lead or a new one, never half of one', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id } = await book();
      const [erased, ...booked] = await Promise.all([rig.api().delete(`/leads/${id}`), book(), book()]);
      expect(erased.status).toBe(204);
      const rows = await rig.db('leads').where({ email: secrets.email });
      expect(rows.every((row) => row.id !== id)).toBe(true);
      expect(rows.length).toBeLessThanOrEqual(1);
      const orphans = await rig.db('intake.submissions').where({ lead_id: id });
      expect([orphans, booked.length]).toEqual([[], 2]);
    }
  });

  it.each([
    ['a correction', 'patch', '', { notes: 'ny' }],
    ['a restore', 'post', '/restore', { version: 2 }],
    ['a move', 'post', '/transitions', { to: 'lost' }],
    ['a demo', 'put', '/demo', { demo_at: '2027-03-26T13:00:00+01:00' }],
    ['a demo called off', 'delete', '/demo', {}],
    ['another erasure', 'delete', '', {}],
  ] as const)(
    'leaves nothing for %s that began before its commit: 404',
    async (_what, method, path, body) => {
      const { id } = await rig.lead({ status: 'demo_scheduled' });
      const erasure = await beginErasure(rig.db, id);
      const asked = rig.api()[method](`/leads/${id}${path}`).send(body);
      const [answer] = await Promise.all([asked, erasure.commitOnceAwaited()]);
      expect(answer.status).toBe(404);
    },
  );

  it('leaves a release that began before its commit a new lead', async () => {
    const { id, email } = await rig.lead();
    const quarantined = createId();
    await rig.db('intake.quarantine').insert({
      ...{ id: quarantined, reason: 'too-fast', masked_ref: createMaskedRef() },
      fields: JSON.stringify(bookingBody({ email })),
    });
    const erasure = await beginErasure(rig.db, id);
    const asked = rig.api().post(`/quarantine/${quarantined}/release`);
    const [answer] = await Promise.all([asked, erasure.commitOnceAwaited()]);
    expect([answer.status, answer.body.booking_count]).toEqual([200, 1]);
    expect(answer.body.id).not.toBe(id);
  });

  it('by two at once happens once', async () => {
    const { id } = await book();
    const answers = await Promise.all([1, 2].map(() => rig.api().delete(`/leads/${id}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
    expect(await rig.db('messaging.outbox').where({ subject: id, type: 'LeadErased' })).toHaveLength(1);
  });

  it('under If-Match is refused with 412 once the lead has changed', async () => {
    const { id } = await rig.lead();
    const erase = (ifMatch: string) => rig.api().delete(`/leads/${id}`).set('if-match', ifMatch);
    await rig.api().patch(`/leads/${id}`).send({ notes: 'ny' });
    for (const stale of ['"1"', 'W/"2"', '"1", "3"']) {
      const answer = await erase(stale);
      expect([answer.status, answer.body.type]).toEqual([412, 'urn:meander:problem:precondition-failed']);
    }
    expect(await rig.row(id)).toBeDefined();
    expect(await rig.db('pipeline.erased_leads').where({ lead_id: id })).toEqual([]);
    expect((await erase('"1", "2"')).status).toBe(204);
    expect((await erase('"2"')).status).toBe(404);
  });

  it('needs its own scope', async () => {
    const { id } = await book();
    const { authorization } = await rig.keyFor(['leads:read', 'leads:write']);
    expect((await rig.anonymous().delete(`/leads/${id}`).set({ authorization })).status).toBe(403);
    expect(await rig.row(id)).toBeDefined();
  });
});
