import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contactFieldNames } from '@meander/lead';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;
const folder = mkdtempSync(join(tmpdir(), 'meander-import-'));

beforeAll(async () => {
  rig = await startRig();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await rig.stop();
});
beforeEach(() => rig.db.raw('TRUNCATE leads CASCADE'));

/** Runs the command as a process of its own, as `npm run import` does, on a file of this content. */
async function run(content: string | Buffer, ...args: string[]) {
  writeFileSync(join(folder, 'leads.csv'), content);
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('import.cli.ts', import.meta.url)), 'leads.csv', ...args],
    { env: { ...process.env, DATABASE_URL: rig.stack.databaseUrl, INIT_CWD: folder } },
  );
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    output.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.err += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, ...output };
}

const file = `\ufeffFirst name;Last-Name;email;Organization_name;role_title;phone;status;Eier\r
Bjørn;Ås;Bjorn@Example.com;"Blåbær; Øl ""AS""";Leder;'+4740612345;qualified;Per\r
Kari;;kari;Moe AS;Leder;;borte;Per\r
Ola;"Nord
mann";ola@example.com;Moe AS;Leder;;;Per\r
Anne;Moe;anne@example.com;Moe AS;Leder;;;Per\r
Anne;To;anne@example.com;Moe AS;Leder;;;Per\r
`;

describe('an import', () => {
  it('adds what is valid, with who did it, and reports each refused row without its values', async () => {
    const { code, out } = await run(file, '--source', 'partner');
    expect(out.split('\n').slice(0, -1)).toEqual([
      expect.stringMatching(
        /^line 3: last_name \(required_fields_present\): .*email \(email_format\): .*status \(status_enum_constraint\): /,
      ),
      expect.stringMatching(/^line 4: last_name \(forbidden_characters\): /),
      '5 rows: 2 added, 1 known already, 2 refused.',
      'Columns left aside: eier',
    ]);
    expect(code).toBe(2);
    expect(out).not.toMatch(/Kari|Nord|kari;/);
    const leads = await rig.db('leads').orderBy('email');
    expect(leads).toMatchObject([
      { email: 'anne@example.com', status: 'new', source: 'partner', last_name: 'Moe' },
      {
        email: 'bjorn@example.com',
        status: 'qualified',
        phone: '+4740612345',
        organization_name: 'Blåbær; Øl "AS"',
      },
    ]);
    const [event] = await rig.eventsOf(leads[1].id);
    expect(event).toMatchObject({
      type: 'LeadCreated',
      event: { data: { submission_id: null, entered_by: 'import', status: 'qualified' } },
    });
    const { body } = await rig.api().get(`/leads/${leads[1].id}/timeline`);
    expect(body.items).toMatchObject([{ kind: 'submission', who: { id: 'import', name: null } }]);
  });

  it('changes nothing when it runs again, nor a lead that was known before', async () => {
    await rig.lead({ email: 'bjorn@example.com', first_name: 'Kjent' });
    await run(file);
    const before = await rig.db('leads').orderBy('id');
    const { out } = await run(file);
    expect(out).toContain('5 rows: 0 added, 3 known already, 2 refused.');
    expect(await rig.db('leads').orderBy('id')).toEqual(before);
    expect(before.find(({ email }) => email === 'bjorn@example.com').first_name).toBe('Kjent');
  });

  it('writes nothing in a dry run, and tells the same', async () => {
    await rig.lead({ email: 'anne@example.com' });
    const { out } = await run(file, '--dry-run');
    expect(out).toContain('5 rows: 1 would be added, 2 known already, 2 refused.');
    expect(await rig.db('leads').pluck('email')).toEqual(['anne@example.com']);
  });

  it('takes back what the export has written', async () => {
    await rig.lead({ first_name: '=1+1', notes: '+47, "sitat"\nlinje', phone: '+4740612345' });
    const phones = ['123456789012', '004740612345678', '40612345,40612346', 'tlf 12345', '+47 19999999'];
    for (const phone of phones) await rig.lead({ phone });
    await rig.lead({ organization_name: '007', organization_size: '1-10', preferred_demo_timing: '3-4' });
    await rig.lead({ first_name: "'=1", last_name: "'t Hooft", notes: "'007\n'" });
    const stored = () =>
      rig
        .db('leads')
        .select([...contactFieldNames, 'source', 'status'])
        .orderBy('email');
    const { text } = await rig.api().get('/leads/export.csv').buffer(true);
    const before = await stored();
    await rig.db.raw('TRUNCATE leads CASCADE');
    expect((await run(text)).out).toContain(`${before.length} rows: ${before.length} added`);
    expect(await stored()).toEqual(before);
  });

  it('takes a row whose locale is none of ours, whatever it holds, and those beside it', async () => {
    const rows = ['en', 'nb-NO', '\u0000'].map(
      (locale, n) => `A,B,lead${n}@example.com,Org,Rolle,lost,${locale}`,
    );
    const { code, out } = await run(
      `first_name,last_name,email,organization_name,role_title,status,locale\n${rows.join('\n')}`,
    );
    expect([code, out]).toEqual([0, '3 rows: 3 added, 0 known already, 0 refused.\n']);
    const leads = await rig.db('leads').orderBy('email').select('locale', 'status');
    expect(leads.map(({ locale }) => locale)).toEqual(['en', null, null]);
    const kept = await rig.db('intake.submissions').orderByRaw("fields ->> 'email'").pluck('fields');
    const typed = { first_name: 'A', last_name: 'B', organization_name: 'Org', role_title: 'Rolle' };
    expect(kept).toEqual([
      { ...typed, email: 'lead0@example.com', status: 'lost', locale: 'en' },
      { ...typed, email: 'lead1@example.com', status: 'lost' },
      { ...typed, email: 'lead2@example.com', status: 'lost' },
    ]);
  });

  it('of many rows goes in several transactions', async () => {
    const rows = Array.from({ length: 1_203 }, (_, n) => `A,B,lead${n}@example.com,Org,Rolle`);
    const { code, out } = await run(
      `first_name,last_name,email,organization_name,role_title\n${rows.join('\n')}`,
    );
    expect([code, out]).toEqual([0, '1203 rows: 1203 added, 0 known already, 0 refused.\n']);
  });

  it.each([
    ['without a needed column', 'first_name,email\nKari,k@example.com\n', 'has no column last_name'],
    ['that is not UTF-8', Buffer.from('first_name\nK\xe5re\n', 'latin1'), 'not UTF-8'],
    [
      'that is no CSV',
      'first_name,last_name,email,organization_name,role_title\nA,B,"c@example.com,D,E\n',
      'not valid CSV',
    ],
  ])('of a file %s says so in one line', async (_what, content, message) => {
    const { code, err } = await run(content);
    expect(code).toBe(1);
    expect(err).toContain(message);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(await rig.db('leads')).toEqual([]);
  });

  it('of nothing, or with a source that is none, shows how it is called', async () => {
    expect((await run('x', '--source', 'rumour')).err).toContain('Usage:');
    expect((await run('x', '--force')).code).toBe(1);
  });
});
