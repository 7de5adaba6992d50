import { createStack, type Stack } from '@meander/testing';
import knex from 'knex';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, roles } from './index.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await createStack();
});

afterAll(() => stack.drop());

/** 22 base-58 characters that differ for each number below 3,364. */
const maskedRef = (n: number) => {
  const digits = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  return `${digits[Math.floor(n / 58)]}${digits[n % 58]}${'A'.repeat(20)}`;
};

let made = 0;

/** A lead's columns, valid unless told otherwise. */
function row(overlay: Record<string, unknown> = {}) {
  made += 1;
  return {
    id: `01900000-0000-7000-8000-${String(made).padStart(12, '0')}`,
    first_name: 'Kari',
    last_name: 'Moe',
    email: `kari${made}@example.com`,
    organization_name: 'Moe AS',
    role_title: 'Koordinator',
    masked_ref: maskedRef(made),
    ...overlay,
  };
}

async function insertLead(overlay: Record<string, unknown> = {}): Promise<{ id: string; version: number }> {
  const [lead] = await stack.db('leads').insert(row(overlay)).returning(['id', 'version']);
  return lead;
}

/** The name of the constraint, or the SQLSTATE, by which the database refuses `work`. */
async function refusal(work: PromiseLike<unknown>): Promise<string | undefined> {
  return Promise.resolve(work).then(
    () => undefined,
    (error: { constraint?: string; code: string }) => error.constraint ?? error.code,
  );
}

/** Runs a statement as one of the owner roles, and rolls it back. */
function as(role: string, statement: string, bindings: string[] = []): Promise<string | undefined> {
  return refusal(
    stack.db.transaction(async (trx) => {
      await trx.raw(`SET LOCAL ROLE ${role}`);
      await trx.raw(statement, bindings);
      await trx.rollback();
    }),
  ).then((answer) => (answer === undefined || answer === 'undefined' ? undefined : answer));
}

describe('migrations', () => {
  it('make the same of a database whose settings are others', async () => {
    const settings = [
      'search_path = pg_catalog',
      'standard_conforming_strings = off',
      "datestyle = 'SQL, DMY'",
    ];
    await stack.administer('CREATE DATABASE :name_set');
    for (const setting of settings) await stack.administer(`ALTER DATABASE :name_set SET ${setting}`);
    const made = knex({ client: 'pg', connection: `${stack.databaseUrl}_set` });
    try {
      await migrate(`${stack.databaseUrl}_set`);
      await made.raw("SET search_path = public; SET standard_conforming_strings = on; SET datestyle = 'ISO'");
      const schema = `
        SELECT indexdef AS definition FROM pg_indexes WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
        UNION ALL SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint
        ORDER BY definition`;
      const [theirs, ours] = [await made.raw(schema), await stack.db.raw(schema)];
      expect(theirs.rows).toEqual(ours.rows);
    } finally {
      await made.destroy();
      await stack.administer('DROP DATABASE :name_set WITH (FORCE)');
    }
  });

  it('change nothing when they run again, from several places at once', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => migrate(stack.databaseUrl)));
    expect(runs).toEqual([[], [], []]);
  });

  it('recover from a run that died while it held knex’s own lock', async () => {
    await stack.db('schema_migrations_lock').update({ is_locked: 1 });
    expect(await migrate(stack.databaseUrl)).toEqual([]);
  });

  it('make the indexes of the seed by their names', async () => {
    const rows = await stack.db('pg_indexes').where({ tablename: 'leads' }).pluck('indexname');
    expect(rows).toEqual(
      expect.arrayContaining([
        'idx_lead_email',
        'idx_lead_masked_ref',
        'idx_lead_status',
        'idx_lead_created_at',
        'idx_lead_organization_name',
        'idx_lead_search',
      ]),
    );
  });
});

describe('the leads table', () => {
  it('refuses a second lead with one email (unique_email_per_lead)', async () => {
    await insertLead({ email: 'same@example.com' });
    expect(await refusal(insertLead({ email: 'same@example.com' }))).toBe('idx_lead_email');
  });

  const of = (column: string, ...values: unknown[]) => values.map((value) => ({ [column]: value }));
  const refused: Record<string, Record<string, unknown>[]> = {
    email_format: of(
      'email',
      ...['Kari@example.com', 'kåre@example.com', 'kari@example', 'kari@example.com.', 'a,b@example.com'],
      ...[
        '<kari>@example.com',
        '"ola"@example.com',
        'a;b@example.com',
        '.kari@example.com',
        'kari.@example.com',
      ],
      ...['ka..ri@example.com', 'a(b)@example.com', 'a\\b@example.com', 'kari@192.0.2.1', 'kari@example.123'],
      ...['kari@example.c', `kari@${'a'.repeat(64)}.no`, 'kari@-a.no', 'kari@a-.no', 'kari moe@example.com'],
    ),
    email_length_limit: of('email', `${'a'.repeat(65)}@example.com`),
    name_field_length: [{ first_name: '' }, { last_name: 'x'.repeat(101) }],
    organization_name_length: of('organization_name', 'x'.repeat(201)),
    role_title_length: of('role_title', 'x'.repeat(151)),
    phone_format_if_provided: of('phone', 'ring meg', 'ring meg 1', '112', '1234', '1'.repeat(41)),
    notes_length_limit: of('notes', 'å'.repeat(5001)),
    current_solution_length: of('current_solution', 'x'.repeat(501)),
    preferred_demo_timing_length: of('preferred_demo_timing', 'x'.repeat(201)),
    organization_size_enum_constraint: of('organization_size', 'mange'),
    status_enum_constraint: of('status', 'Contacted'),
    source_enum_constraint: of('source', 'rumour'),
    required_fields_present: [
      ...of('role_title', ' ', '\u00A0', '\u200B\u2060', '\u2800', '\uFEFF'),
      ...of('notes', '\n\t '),
    ],
    text_trimmed: of('first_name', ' Kari', 'Kari\u00A0', '\u3000Kari', 'Kari\u200B'),
    forbidden_characters: [
      ...of('first_name', 'Ka\nri', 'Ka\tri', 'Ka\u202Eri', 'Ka\u2028ri', 'Ka\uFFFEri', 'Ka\u2066ri'),
      ...of('notes', 'pip\u0007', 'a\u202Eb'),
    ],
    masked_ref_format: of('masked_ref', 'l'.repeat(22)),
    version_positive: of('version', 0),
    times_of_the_calendar: [
      ...of('created_at', 'infinity', '-infinity'),
      ...of('last_booked_at', '294276-12-31Z'),
      ...of('confirmation_sent_at', '0044-03-15Z BC'),
    ],
  };
  it.each(
    Object.entries(refused).flatMap(([constraint, rows]) => rows.map((overlay) => ({ constraint, overlay }))),
  )('refuses by $constraint: $overlay', async ({ constraint, overlay }) => {
    expect(await refusal(insertLead(overlay))).toBe(constraint);
  });

  it('takes text at its limit, in letters of several bytes and with newlines where they are fine', async () => {
    await insertLead({
      first_name: '𝒦'.repeat(100),
      notes: 'å\n\t'.repeat(1666),
      organization_name: 'Ø'.repeat(200),
    });
  });

  it('raises version and updated_at at every update, whoever writes', async () => {
    const { id } = await insertLead();
    const [after] = await stack
      .db('leads')
      .where({ id })
      .update({ notes: 'hei', version: 77 })
      .returning('*');
    expect(after.version).toBe(2);
    expect(after.updated_at >= after.created_at).toBe(true);
  });

  it.each(['id', 'masked_ref', 'created_at'])(
    'never lets %s change (masked_ref_immutability)',
    async (column) => {
      const { id } = await insertLead();
      const other = { id: row().id, masked_ref: maskedRef(57), created_at: '2020-01-01' }[column];
      expect(
        await refusal(
          stack
            .db('leads')
            .where({ id })
            .update({ [column]: other }),
        ),
      ).toBe('masked_ref_immutability');
    },
  );

  it.each([
    ['contacted', 'new', 'status_transition_ordering'],
    ['demo_scheduled', 'qualified', 'status_transition_ordering'],
    ['converted', 'lost', 'status_transition_ordering'],
    ['lost', 'converted', 'status_transition_ordering'],
    ['lost', 'new', 'status_transition_ordering'],
    ['new', 'contacted', undefined],
    ['new', 'lost', undefined],
    ['new', 'demo_scheduled', undefined],
    ['demo_scheduled', 'converted', undefined],
  ])('judges a move from %s to %s by itself (status_transition_ordering)', async (from, to, expected) => {
    const { id } = await insertLead({ status: from });
    expect(await refusal(stack.db('leads').where({ id }).update({ status: to }))).toBe(expected);
  });

  it('keeps what an update overwrites, by field, before and after', async () => {
    const { id } = await insertLead({ phone: '+4740612345', notes: 'ring etter lunsj' });
    await stack.db('leads').where({ id }).update({ phone: '+4741234567', notes: 'ring etter lunsj' });
    await stack.db('leads').where({ id }).update({ status: 'contacted' });
    const changes = await stack.db('lead_changes').where({ lead_id: id });
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({
      version: 2,
      changes: { phone: { before: '+4740612345', after: '+4741234567' } },
    });
  });
});

describe('a submission', () => {
  it('stays as it came, whoever writes; the address is forgotten, and an erasure takes it away', async () => {
    const { id: leadId } = await insertLead();
    const [{ id }] = await stack
      .db('intake.submissions')
      .insert({
        ...{ id: leadId, lead_id: leadId, lead_version: 1, received_at: stack.db.fn.now() },
        ...{ fields: { email: 'kari@example.com' }, ip_address: '192.0.2.1' },
      })
      .returning('id');
    const rewrite = (values: object) =>
      refusal(
        stack
          .db('intake.submissions')
          .where({ id })
          .update(values)
          .then(() => undefined),
      );
    for (const values of [{ fields: {} }, { attribution: {} }, { lead_version: 2 }, { entered_by: 'x' }])
      expect(await rewrite(values)).toBe('submission_append_only');
    expect(await rewrite({ ip_address: null })).toBeUndefined();
    expect(await stack.db('intake.submissions').where({ id }).delete()).toBe(1);
  });
});

describe('the history of moves', () => {
  const transition = (overlay: object) =>
    refusal(
      insertLead().then(({ id }) =>
        stack.db('pipeline.transitions').insert({
          ...{ id, lead_id: id, from_status: 'new', to_status: 'lost', moved_by: 'test' },
          ...{ moved_at: new Date(), lead_version: 2 },
          ...overlay,
        }),
      ),
    );

  it.each([
    ['lost_reason_enum_constraint', { reason_code: 'because' }],
    ['lost_reason_enum_constraint', { reason_code: 'other', to_status: 'converted' }],
    ['deal_value_range', { value_nok: 1 }],
    ['deal_value_range', { value_nok: -1, to_status: 'converted' }],
    [undefined, { reason_code: 'other' }],
    [undefined, { value_nok: 0.5, to_status: 'converted' }],
    [undefined, { to_status: 'contacted' }],
  ])('judges by %s: %o', async (constraint, overlay) => {
    expect(await transition(overlay)).toBe(constraint);
  });
});

describe('a demo', () => {
  it.each([
    ['demo_minutes_range', { minutes: 4 }],
    ['demo_minutes_range', { minutes: 481 }],
    ['demo_location_length', { location: '' }],
    ['demo_location_length', { location: 'x'.repeat(201) }],
  ])('is refused by %s: %o', async (constraint, overlay) => {
    const { id } = await insertLead();
    const demo = { lead_id: id, demo_at: '2026-03-27T13:00:00Z', minutes: 45, set_by: 'key:x', ...overlay };
    expect(await refusal(stack.db('pipeline.demos').insert(demo))).toBe(constraint);
  });

  it('goes with its lead', async () => {
    const { id } = await insertLead();
    await stack
      .db('pipeline.demos')
      .insert({ lead_id: id, demo_at: '2026-03-27T13:00:00Z', minutes: 45, set_by: 'key:x' });
    await stack.db('leads').where({ id }).delete();
    expect(await stack.db('pipeline.demos').where({ lead_id: id })).toEqual([]);
  });
});

describe('the owner roles', () => {
  it('exist, without login', async () => {
    const found = await stack
      .db('pg_roles')
      .whereIn('rolname', [...roles])
      .select('rolname', 'rolcanlogin', 'rolsuper');
    expect(found).toHaveLength(roles.length);
    for (const role of found) expect(role).toMatchObject({ rolcanlogin: false, rolsuper: false });
  });

  it.each([
    ['meander_intake', "UPDATE leads SET status = 'lost'"],
    ['meander_intake', "UPDATE leads SET source = 'other'"],
    ['meander_intake', 'UPDATE leads SET confirmation_sent_at = now()'],
    ['meander_intake', "UPDATE leads SET email = 'other@example.com'"],
    ['meander_intake', 'DELETE FROM leads'],
    ['meander_intake', 'UPDATE intake.submissions SET fields = NULL'],
    ['meander_intake', 'DELETE FROM intake.submissions'],
    ['meander_intake', 'SELECT * FROM pipeline.api_keys'],
    ['meander_intake', 'SELECT * FROM pipeline.transitions'],
    ['meander_intake', 'INSERT INTO lead_changes DEFAULT VALUES'],
    ['meander_notification', "UPDATE leads SET first_name = 'x'"],
    ['meander_notification', "UPDATE leads SET status = 'lost'"],
    ['meander_notification', 'DELETE FROM leads'],
    ['meander_notification', 'SELECT ip_address FROM leads'],
    ['meander_notification', 'SELECT * FROM intake.submissions'],
    ['meander_notification', 'INSERT INTO pipeline.api_keys DEFAULT VALUES'],
    ['meander_notification', 'SELECT set_by FROM pipeline.demos'],
    ['meander_notification', 'UPDATE pipeline.demos SET sequence = sequence + 1'],
    ['meander_intake', 'SELECT * FROM pipeline.demos'],
    ['meander_pipeline', 'UPDATE leads SET confirmation_sent_at = now()'],
    ['meander_pipeline', 'UPDATE leads SET email = email'],
    ['meander_pipeline', 'UPDATE pipeline.transitions SET reason = NULL'],
    ['meander_pipeline', "UPDATE notification.deliveries SET state = 'sent'"],
    ['meander_messaging', 'SELECT * FROM leads'],
    ['meander_messaging', 'DELETE FROM messaging.discarded_letters'],
    ['meander_messaging', "UPDATE messaging.discarded_letters SET why = ''"],
    ['meander_messaging', 'INSERT INTO messaging.discarded_letters (discarded_at) VALUES (now())'],
    ['meander_intake', 'SELECT * FROM pipeline.secrets'],
    ['meander_intake', 'SELECT * FROM pipeline.users'],
    ['meander_notification', 'SELECT * FROM pipeline.secrets'],
    ['meander_notification', 'SELECT * FROM pipeline.erased_leads'],
    ['meander_notification', 'DELETE FROM pipeline.users'],
    ['meander_pipeline', "UPDATE pipeline.secrets SET value = ''"],
    ['meander_pipeline', 'DELETE FROM pipeline.erased_leads'],
    ['meander_pipeline', "UPDATE pipeline.erased_leads SET status = 'new'"],
  ])('%s may not: %s', async (role, statement) => {
    expect(await as(role, statement)).toBe('42501');
  });

  it.each([
    ['meander_intake', "UPDATE leads SET first_name = 'Ola', booking_count = booking_count + 1"],
    ['meander_notification', 'UPDATE leads SET confirmation_sent_at = now()'],
    ['meander_pipeline', "UPDATE leads SET status = 'lost' WHERE false"],
    ['meander_notification', 'SELECT demo_at, minutes, location, sequence FROM pipeline.demos'],
    ['meander_pipeline', 'SELECT * FROM intake.submissions'],
    ['meander_pipeline', 'UPDATE pipeline.demos SET sequence = sequence + 1'],
    ['meander_messaging', 'UPDATE messaging.outbox SET published_at = now()'],
    ['meander_messaging', 'SELECT * FROM messaging.discarded_letters'],
  ])('%s may: %s', async (role, statement) => {
    expect(await as(role, statement)).toBeUndefined();
  });
});
