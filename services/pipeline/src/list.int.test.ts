import { sources, statuses } from '@meander/lead';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pageQuery } from './adapters/lead-list.ts';
import { readLeadQuery } from './domain/lead-query.ts';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

const list = (query: Record<string, unknown> | string = '') => rig.api().get('/leads').query(query);
const namesOf = (answer: { body: { items: { first_name: string }[] } }) =>
  answer.body.items.map(({ first_name }) => first_name);

/** Follows the cursor to the end. */
async function walk(query: Record<string, unknown>, between: () => Promise<unknown> = async () => {}) {
  const names: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const answer = await list({ ...query, ...(cursor && { cursor }) });
    expect(answer.status).toBe(200);
    names.push(...namesOf(answer));
    cursor = answer.body.next_cursor;
    await between();
  }
  return names;
}

describe('the list', () => {
  beforeEach(() => rig.db('leads').delete());

  it('shows whole leads, newest first, and how long a new one has waited', async () => {
    await rig.lead({ first_name: 'A', created_at: new Date(Date.now() - 90_000) });
    const lead = await rig.lead({ first_name: 'B', status: 'contacted' });
    const answer = await list();
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body.next_cursor).toBeNull();
    expect(answer.body.items[0]).toMatchObject({ ...lead, waiting_seconds: null, booking_count: 1 });
    expect(answer.body.items[1].waiting_seconds).toBeGreaterThanOrEqual(90);
    expect(answer.body.items[0]).not.toHaveProperty('search_text');
  });

  it.each([
    'created_at',
    '-created_at',
    'updated_at',
    '-last_booked_at',
    'organization_name',
    '-organization_name',
  ])('walks through all by %s, each once, whatever the page size', async (sort) => {
    // Equal values within a page and over its edge: the id decides.
    const same = new Date('2026-03-01T10:00:00.123Z');
    for (let n = 0; n < 7; n += 1) {
      await rig.lead({
        first_name: String(n),
        organization_name: n < 4 ? 'Lik AS' : `Ulik ${n}`,
        ...(n < 4 && { created_at: same, updated_at: same, last_booked_at: same }),
      });
    }
    const whole = await walk({ sort });
    expect([...whole].sort()).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    for (const limit of [1, 2, 3, 7]) expect(await walk({ sort, limit })).toEqual(whole);
    const reverse = sort.startsWith('-') ? sort.slice(1) : `-${sort}`;
    expect(await walk({ sort: reverse, limit: 3 })).toEqual([...whole].reverse());
  });

  it('keeps microseconds apart, which JavaScript cannot', async () => {
    for (const n of [1, 2, 3, 4])
      await rig.lead({ first_name: String(n), created_at: `2026-03-01T10:00:00.00000${n}Z` });
    expect(await walk({ sort: 'created_at', limit: 1 })).toEqual(['1', '2', '3', '4']);
    const after = await list({ created_after: '2026-03-01T10:00:00.000003Z', sort: 'created_at' });
    expect(namesOf(after)).toEqual(['3', '4']);
  });

  it('neither repeats nor loses a lead while others arrive', async () => {
    for (let n = 0; n < 6; n += 1) await rig.lead({ first_name: String(n) });
    const seen = await walk({ limit: 2 }, () => rig.lead({ first_name: 'later' }));
    expect(seen).toEqual(['5', '4', '3', '2', '1', '0']);
  });

  it('filters by status (several), source, size and time, all together', async () => {
    await rig.lead({ first_name: 'A', status: 'new', source: 'event', organization_size: '1-10' });
    await rig.lead({ first_name: 'B', status: 'lost', source: 'event', organization_size: '1-10' });
    await rig.lead({ first_name: 'C', status: 'qualified', source: 'website' });
    await rig.lead({ first_name: 'D', status: 'qualified', created_at: '2020-05-05T12:00:00Z' });
    expect(namesOf(await list('status=new&status=qualified&sort=created_at'))).toEqual(['D', 'A', 'C']);
    expect(namesOf(await list({ source: 'event', organization_size: '1-10', status: 'lost' }))).toEqual([
      'B',
    ]);
    expect(namesOf(await list({ created_before: '2021-01-01' }))).toEqual(['D']);
    expect(namesOf(await list('created_after=2020-05-05T14:00:00+02:00&created_before=2021-01-01'))).toEqual([
      'D',
    ]);
    expect(namesOf(await list({ created_before: '2020-05-05T12:00:00Z' }))).toEqual([]);
  });

  it.each([
    ['Bjorn', ['Bjørn']],
    ['BJØRN', ['Bjørn']],
    ['ørn', ['Bjørn', 'Ørnulf']],
    ['aase', []],
    ['ase', ['Åse']],
    ['øl as', ['Åse']],
    ['Åse Bø', ['Åse']],
    ['ÅSE@', ['Åse']],
    ['50%', ['Prosent']],
    ['5_%', []],
    ['%', ['Prosent']],
    ['_', []],
    ['\\', ['Skråstrek']],
    ['％', ['Prosent']],
    ['o', ['Bjørn', 'Prosent', 'Åse']],
    ['finnes ikke', []],
    ["' OR 1=1 --", []],
  ])('finds by q=%s', async (q, expected) => {
    const other = { last_name: 'Kka', organization_name: 'Xyz', email: undefined };
    await rig.lead({ ...other, first_name: 'Bjørn', email: 'b@example.no' });
    await rig.lead({ ...other, first_name: 'Ørnulf', email: 'rn@example.ch' });
    await rig.lead({
      ...other,
      first_name: 'Åse',
      last_name: 'Bø',
      organization_name: 'Blåbær & Øl AS',
      email: 'ase@example.ch',
    });
    await rig.lead({ ...other, first_name: 'Prosent', organization_name: '50% mer', email: 'p@example.ch' });
    await rig.lead({ ...other, first_name: 'Skråstrek', organization_name: 'a\\b', email: 's@example.ch' });
    const found = namesOf(await list({ q })).sort();
    expect(found).toEqual(q === 'o' ? ['Bjørn', 'Prosent', 'Åse', 'Ørnulf'].sort() : [...expected].sort());
  });
});

describe('the search', () => {
  const words = [
    ...['Kari', 'Øyvind', 'Åse', 'Bjørn', 'Straße', 'Qasim', 'Wenche', 'Zoë', 'Jörg', "O'Brien", 'Æsj', 'x'],
    ...['Жук', 'ЖabЖ', 'Жqx', '日本as', '★as', '50%', 'a_b', 'a\\b', 'R&D', 'C++', '½ kg', 'Á', '№ 12', '’s'],
  ];
  const queries = [
    ..."abeioøqwxzQÅ0159.@-&%_\\'+Ж本★½",
    ...[
      'as',
      'AS',
      'ab',
      'qx',
      'Qa',
      'zo',
      'ks',
      'øy',
      'Ås',
      'ß',
      'sj',
      '12',
      '50',
      '99',
      '0%',
      '%_',
      'a_',
      '\\b',
    ],
    ...[
      '.n',
      '@e',
      'e.',
      'R&',
      '&d',
      '++',
      'n&',
      'Жa',
      'bЖ',
      'Жж',
      '本a',
      '★a',
      '½ ',
      "o'",
      '’s',
      'n ',
      'æs',
    ],
    ...['ari', 'kari øy', 'Жab', 'жук', '50%', 'c++', "o'b", 'ingen'],
  ];

  beforeAll(async () => {
    await rig.db('leads').delete();
    await rig.db.raw(
      `INSERT INTO leads (id, first_name, last_name, email, organization_name, role_title, masked_ref, status, created_at)
       SELECT gen_random_uuid(), w[1 + n % m], w[1 + n / m % m], 'l' || n || '@' || (ARRAY['e', 'n-o', 'w.q'])[1 + n % 3]
         || '.no', w[1 + n / 7 % m] || ' ' || w[1 + n / 11 % m], 'Rolle', lpad(translate(n::text, '0', 'A'), 22, 'Z'),
         (ARRAY['new', 'lost', 'qualified'])[1 + n / 5 % 3], now() - n * interval '1 minute'
       FROM generate_series(1, 2500) AS n, (SELECT :words::text[] AS w, :count::int AS m) AS given`,
      { words, count: words.length },
    );
    await rig.db.raw('ANALYZE leads');
  });

  /** What the folded text holds, compared letter by letter. */
  async function expected(q: string, status?: string): Promise<string[]> {
    const { rows } = await rig.db.raw('SELECT fold_text(trim(?)) AS folded', [q]);
    const leads = await rig
      .db('leads')
      .select('email', 'search_text', 'status')
      .orderBy('created_at', 'desc');
    return leads
      .filter((lead) => lead.search_text.includes(rows[0].folded))
      .filter((lead) => status === undefined || lead.status === status)
      .map(({ email }) => email);
  }

  it.each(queries)('finds every lead that holds q=%s, and no other', async (q) => {
    for (const status of [undefined, 'lost']) {
      const found: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const answer = await list({ q, limit: 200, ...(status && { status }), ...(cursor && { cursor }) });
        found.push(...answer.body.items.map(({ email }: { email: string }) => email));
        cursor = answer.body.next_cursor;
      }
      expect(found).toEqual(await expected(q, status));
    }
  });

  it('finds the same by its indexes alone', async () => {
    await rig.db.transaction(async (trx) => {
      for (const walk of ['seqscan', 'indexscan', 'indexonlyscan'])
        await trx.raw(`SET LOCAL enable_${walk} = off`);
      for (const q of queries) {
        const { filter, order } = readLeadQuery({ q });
        const rows = await pageQuery(trx, { filter, order, after: undefined, limit: 2500 });
        expect([q, rows.map(({ email }) => email)]).toEqual([q, await expected(q)]);
      }
    });
  });
});

describe('a parameter that is not valid', () => {
  it.each([
    ['limit', 'limit=201'],
    ['limit', 'limit=0'],
    ['limit', 'limit=-1'],
    ['limit', 'limit=ti'],
    ['limit', 'limit=1.5'],
    ['limit', 'limit='],
    ['limit', 'limit=10&limit=20'],
    ['cursor', 'cursor=abc'],
    ['cursor', 'cursor='],
    ['cursor', `cursor=${'A'.repeat(5000)}`],
    ['cursor', 'cursor=%00'],
    ['status', 'status=Contacted'],
    ['status', 'status='],
    ['status', 'status=new&status=old'],
    ['source', 'source=rumour'],
    ['source', 'source=event&source=other'],
    ['organization_size', 'organization_size=mange'],
    ['sort', 'sort=email'],
    ['sort', 'sort=--created_at'],
    ['sort', 'sort=created_at;drop'],
    ['q', 'q=%00'],
    ['q', `q=${'x'.repeat(201)}`],
    ['q', 'q=a&q=b'],
    ['created_after', 'created_after=yesterday'],
    ['created_after', 'created_after=2026-02-30'],
    ['created_after', 'created_after=2026-13-01T00:00:00Z'],
    ['created_after', 'created_after=2026-01-01T25:00:00Z'],
    ['created_after', 'created_after=2026-01-01T10:00:00'],
    ['created_after', 'created_after=0000-01-01'],
    ['created_before', 'created_before=1'],
    ['stauts', 'stauts=new'],
    ['__proto__', '__proto__=1'],
  ])('is a 400 that names %s: ?%s', async (parameter, query) => {
    const answer = await list(query);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body.type).toBe('urn:meander:problem:invalid-parameter');
    if (parameter !== '__proto__') expect(answer.body.parameter).toBe(parameter);
    expect(answer.body.detail).toEqual(expect.any(String));
  });

  it('is not repeated where it may be a value', async () => {
    const answer = await list('kari@example.com=');
    expect([answer.status, answer.text.includes('kari@')]).toEqual([400, false]);
  });
});

describe('a cursor', () => {
  let cursor: string;
  beforeAll(async () => {
    await rig.db('leads').delete();
    for (const organization_name of ['Hemmelig AS', 'Hemmelig AS', 'Annen AS'])
      await rig.lead({ organization_name });
    cursor = (await list({ limit: 1, sort: '-organization_name' })).body.next_cursor;
  });

  it('tells nothing of the lead it stands at', () => {
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain('Hemmelig');
  });

  it('is refused once a letter of it is changed, wherever', async () => {
    for (const place of [0, 5, 20, cursor.length - 2]) {
      const changed = `${cursor.slice(0, place)}${cursor[place] === 'A' ? 'B' : 'A'}${cursor.slice(place + 1)}`;
      expect((await list({ sort: '-organization_name', cursor: changed })).status).toBe(400);
    }
  });

  it('is refused with other filters or another order, and taken with another limit', async () => {
    expect((await list({ cursor })).status).toBe(400);
    expect((await list({ sort: '-organization_name', q: 'x', cursor })).status).toBe(400);
    expect((await list({ sort: '-organization_name', limit: 9, cursor })).body.items).toHaveLength(2);
  });

  it('is read by another copy of the service', async () => {
    const copy = await rig.start();
    const answer = await rig.api(copy).get('/leads').query({ sort: '-organization_name', cursor });
    expect(answer.body.items).toHaveLength(2);
  });
});

describe('the plans at 100,000 leads', () => {
  beforeAll(async () => {
    await rig.db('leads').delete();
    await rig.db.raw(
      `INSERT INTO leads (id, first_name, last_name, email, organization_name, role_title, masked_ref,
                          status, source, organization_size, created_at)
       SELECT gen_random_uuid(), 'Fornavn' || n % 500, 'Etternavn' || n % 700, 'lead' || n || '@example.com',
         'Organisasjon ' || n % 9000, 'Rolle', lpad(translate(n::text, '0', 'A'), 22, 'Z'),
         (:statuses::text[])[1 + n % 6], (:sources::text[])[1 + n % 7],
         (ARRAY['1-10', '11-50', '51-200', '201-1000'])[1 + n % 4], now() - n * interval '1 minute'
       FROM generate_series(1, 100000) AS n`,
      { statuses: [...statuses], sources: [...sources] },
    );
    for (let n = 0; n < 20; n += 1) await rig.lead({ first_name: 'Qxal' });
    await rig.db.raw('VACUUM ANALYZE leads');
  });

  /** The nodes of the plan that read leads as PostgreSQL has carried it out, and how many rows it has looked at. */
  async function explain(query: Record<string, unknown>) {
    const { filter, order } = readLeadQuery(query);
    const { sql, bindings } = pageQuery(rig.db, { filter, order, after: undefined, limit: 51 }).toSQL();
    const { rows } = await rig.db.raw(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, [...bindings]);
    const nodes: Record<string, number | string>[] = [];
    const collect = ({ Plans = [], ...node }: { Plans?: never[] } & Record<string, number | string>) => {
      // The table of made-up leads is empty but for minutes: reading it whole is right.
      if (node['Relation Name'] !== 'synthetic_leads') nodes.push(node);
      Plans.forEach(collect);
    };
    collect(rows[0]['QUERY PLAN'][0].Plan);
    const touched = nodes.reduce(
      (sum, node) =>
        sum +
        Number(node['Actual Rows']) +
        Number(node['Rows Removed by Filter'] ?? 0) +
        Number(node['Rows Removed by Index Recheck'] ?? 0),
      0,
    );
    return { types: nodes.map((node) => node['Node Type']), touched };
  }

  it.each<[string, Record<string, unknown>]>([
    ['the first page', {}],
    ['by name of the organization', { sort: 'organization_name' }],
    ['by last change', { sort: '-updated_at' }],
    ['by last booking', { sort: 'last_booked_at' }],
    ['of one status', { status: 'converted' }],
    ['of two statuses', { status: ['converted', 'new'] }],
    ['of a status and a source', { status: 'lost', source: 'partner' }],
    ['of a source, oldest first', { source: 'event', sort: 'created_at' }],
    ['of a size that nobody has', { organization_size: '1001+' }],
    // Both are common, and no lead has both.
    ['of a status and a size that never meet', { status: 'new', organization_size: '11-50' }],
    [
      'of three that never meet',
      { status: 'new', source: 'event', organization_size: '11-50', sort: '-updated_at' },
    ],
    ['of a name that few have', { q: 'lead77777@' }],
    ['of a name that nobody has', { q: 'ingen heter dette' }],
    ['of a name that all have', { q: 'example' }],
    ['of a name in a time', { q: 'fornavn17', created_after: '2000-01-01' }],
    ['of two letters that all have', { q: 'na' }],
    ['of two letters that few have', { q: 'qx' }],
    ['of two letters that nobody has', { q: 'wz' }],
    ['of two letters that nobody has, by name of the organization', { q: 'wz', sort: 'organization_name' }],
    ['of two letters that nobody has, and a status', { q: 'wz', status: 'lost', sort: '-updated_at' }],
    ['of two letters that nobody has, in a time', { q: 'wz', created_after: '2000-01-01' }],
    ['of two digits', { q: '77' }],
    ['of a letter that all have', { q: 'e' }],
    ['of a letter that few have', { q: 'q' }],
    ['of a letter that nobody has', { q: 'w' }],
    ['of a letter that nobody has, and a source', { q: 'w', source: 'event', sort: 'created_at' }],
    ['of a sign that nobody has', { q: '%' }],
    ['of a letter and a sign that nobody has', { q: 'e%' }],
    ['of letters of another script', { q: '本社' }],
  ])('reads a few rows by an index: %s', async (_what, query) => {
    const { types, touched } = await explain(query);
    expect(types).not.toContain('Seq Scan');
    expect(touched).toBeLessThan(5_000);
  });
});
