import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStack, type Stack } from '@meander/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read, serviceNames } from './compose-file.ts';

const hasPsql = spawnSync('psql', ['--version']).status === 0;

// Logins belong to the whole server: those of the test have names of their own.
describe.skipIf(!hasPsql)('the logins of the services', () => {
  const suffix = `_${randomBytes(4).toString('hex')}`;
  const login = (service: string) => `meander_${service}_login${suffix}`;
  let stack: Stack;
  let folder: string;

  const run = () => {
    const script = read('deploy/docker/postgres/logins.sql')
      .replaceAll('/run/meander/', `${folder}/`)
      .replace(/meander_(\w+)_login/g, (_name, service) => login(service));
    writeFileSync(join(folder, 'logins.sql'), script);
    const args = ['--quiet', '--no-psqlrc', '-d', stack.databaseUrl, '-f', join(folder, 'logins.sql')];
    return spawnSync('psql', args, { encoding: 'utf8' });
  };

  const as = async <T>(service: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const url = new URL(stack.databaseUrl);
    url.username = login(service);
    url.password = `secret of ${service}`;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    return work(client).finally(() => client.end());
  };

  beforeAll(async () => {
    stack = await createStack();
    folder = mkdtempSync(join(tmpdir(), 'meander-logins-'));
    for (const name of serviceNames) writeFileSync(join(folder, `${name}-password`), `secret of ${name}`);
  });
  afterAll(async () => {
    const { db } = stack;
    for (const name of serviceNames) {
      await db.raw(`DROP OWNED BY ${login(name)}`);
      await db.raw(`DROP ROLE ${login(name)}`);
    }
    await stack.drop();
    rmSync(folder, { recursive: true });
  });

  it('are made, and made again without a word', () => {
    for (let times = 0; times < 2; times += 1) expect(run()).toMatchObject({ status: 0, stderr: '' });
  });

  it.each(serviceNames)('let %s in as itself alone', async (name) => {
    await as(name, async (client) => {
      await expect(client.query('SELECT FROM leads')).rejects.toThrow('permission denied');
      await client.query(`SET ROLE meander_${name}`);
      await client.query('SELECT id FROM leads');
      for (const other of serviceNames.filter((one) => one !== name))
        await expect(client.query(`SET ROLE meander_${other}`)).rejects.toThrow('permission denied');
    });
  });

  it('have passwords, kept as hashes', async () => {
    const { rows } = await stack.db.raw<{ rows: { rolpassword: string }[] }>(
      'SELECT rolpassword FROM pg_authid WHERE rolname LIKE ?',
      [`%_login${suffix}`],
    );
    expect(rows).toHaveLength(3);
    for (const { rolpassword } of rows) expect(rolpassword).toMatch(/^SCRAM-SHA-256\$/);
  });
});
