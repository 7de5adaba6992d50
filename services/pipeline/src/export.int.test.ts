import { get } from 'node:http';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exportColumns } from './handlers/export-leads.ts';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.db('leads').delete());

/** The file as bytes arrive, and read by a standard parser. */
async function download(query: Record<string, unknown> = {}) {
  const answer = await rig
    .api()
    .get('/leads/export.csv')
    .query(query)
    .buffer(true)
    .parse((res, done) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk) => chunks.push(chunk)).on('end', () => done(null, Buffer.concat(chunks)));
    });
  const bytes = answer.body as Buffer;
  const rows: Record<string, string>[] = parse(bytes, { bom: true, columns: true });
  return { answer, bytes, rows };
}

describe('the export', () => {
  it.each([
    ['EXP-01 a formula', 'first_name', '=1+1', "'=1+1"],
    ['EXP-03 a tab before a formula', 'notes', '\t=HYPERLINK("https://angriper.example";"klikk")', undefined],
    ['EXP-05 quotes, separators and line breaks', 'notes', 'Sa "ja", kanskje;\nring igjen, takk', 'same'],
    ['EXP-07 a phone', 'phone', '+4740612345', "'+4740612345"],
    ['EXP-07 a phone kept as typed', 'phone', '004740612345678', "'004740612345678"],
    ['EXP-07 two phones, a decimal to some', 'phone', '40612345,40612346', "'40612345,40612346"],
    ['a size that is a date to some', 'organization_size', '1-10', 'same'],
    ['EXP-09 Norwegian letters', 'organization_name', 'Blåbær & Øl AS', 'same'],
    ['a full-width formula', 'organization_name', '＝1+1', "'＝1+1"],
    ['a white space before a formula', 'notes', ' \n @SUM(A1)', "' \n @SUM(A1)"],
  ])('%s is text in its cell, and one record', async (_case, column, value, cell) => {
    const lead = await rig.lead({ [column]: value });
    await rig.lead();
    const { rows } = await download();
    expect(rows).toHaveLength(2);
    const row = rows.find(({ id }) => id === lead.id);
    expect(row?.[column]).toBe(cell === 'same' ? value : (cell ?? `'${value}`));
    for (const text of rows.flatMap((one) => Object.values(one))) expect(text).not.toMatch(/^\s*[=+\-@＝]/);
    expect((await rig.row(lead.id))[column]).toBe(value);
  });

  it('EXP-09 is UTF-8 with a byte order mark, and says so', async () => {
    await rig.lead({ first_name: 'Åse' });
    const { answer, bytes } = await download();
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(answer.headers['content-disposition']).toMatch(
      /^attachment; filename="leads-\d{4}-\d\d-\d\d\.csv"$/,
    );
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    expect(bytes.toString('utf8')).toContain(',Åse,');
    expect(bytes.toString('utf8').split('\r\n')[0]).toBe(`\ufeff${exportColumns.join(',')}`);
    expect(bytes.toString('utf8').endsWith('\r\n')).toBe(true);
  });

  it('EXP-11 without credentials is 401 and empty of leads', async () => {
    const lead = await rig.lead();
    const answer = await rig.anonymous().get('/leads/export.csv');
    expect([answer.status, answer.text.includes(lead.email)]).toEqual([401, false]);
  });

  it('takes the filters of the list, and no page', async () => {
    await rig.lead({ first_name: 'Bjørn', status: 'lost' });
    await rig.lead({ first_name: 'Bjørn' });
    await rig.lead({ status: 'lost' });
    expect((await download({ q: 'bjorn', status: 'lost' })).rows).toHaveLength(1);
    const faulty = await rig.api().get('/leads/export.csv?limit=5');
    expect([faulty.status, faulty.body.parameter]).toEqual([400, 'limit']);
  });

  it('of nothing is a file with its heading alone', async () => {
    const { answer, bytes } = await download();
    expect([answer.status, bytes.toString().trim().split('\r\n').length]).toEqual([200, 1]);
  });

  it('holds every lead once over many pages', async () => {
    await insertMany(rig, 3_500);
    const { rows } = await download({ sort: 'organization_name' });
    expect(new Set(rows.map(({ id }) => id)).size).toBe(3_500);
    expect(rows).toHaveLength(3_500);
  });

  it('waits for a reader that takes nothing, and goes on when it does', async () => {
    await insertMany(rig, 30_000);
    const text = await new Promise<string>((resolve, reject) => {
      const request = get(`${rig.url()}/leads/export.csv`, { headers: rig.bearer }, (response) => {
        response.pause();
        // What the sockets hold fills up long before the file ends: the pool must be free meanwhile.
        rig
          .api()
          .get('/leads?limit=1')
          .then((answer) => {
            expect(answer.status).toBe(200);
            let all = '';
            response.setEncoding('utf8').on('data', (chunk) => {
              all += chunk;
            });
            response.on('end', () => resolve(all)).resume();
          }, reject);
      });
      request.on('error', reject);
    });
    expect(text.trimEnd().split('\r\n')).toHaveLength(30_001);
  });
});

/** Many leads at once, written by the database itself. */
async function insertMany({ db }: Rig, count: number) {
  await db.raw(
    `INSERT INTO leads (id, first_name, last_name, email, organization_name, role_title, masked_ref, notes)
     SELECT gen_random_uuid(), 'Kari', 'Moe', 'lead' || n || '@example.com', 'Org ' || n % 50, 'Rolle',
       lpad(translate(n::text, '0', 'A'), 22, 'Z'), repeat('notat ', 20)
     FROM generate_series(1, ?::int) AS n`,
    [count],
  );
}
