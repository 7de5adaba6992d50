import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bookingBody,
  createStack,
  type ServiceHandle,
  type SmtpSink,
  type Stack,
  startServices,
  startSmtpSink,
  waitUntil,
} from '@meander/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { backup, restore } from '../deploy/backup/backup.ts';

/** pg_dump refuses a server that is newer than itself. */
async function canDump(): Promise<boolean> {
  const { stdout } = spawnSync('pg_dump', ['--version'], { encoding: 'utf8' });
  const ours = Number(/(\d+)(?:\.\d+)?/.exec(stdout ?? '')?.[1] ?? 0);
  const client = new pg.Client({ connectionString: inject('databaseUrl') });
  await client.connect();
  const { rows } = await client.query<{ version: number }>(
    "SELECT current_setting('server_version_num')::int / 10000 AS version",
  );
  await client.end();
  return ours >= (rows[0]?.version ?? Number.POSITIVE_INFINITY);
}
const possible = await canDump();

const nowhere = { mail: 'smtp://127.0.0.1:1', broker: 'amqp://127.0.0.1:1' };

describe.skipIf(!possible)('a backup', () => {
  let stack: Stack;
  let sink: SmtpSink;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'meander-backup-test-'));
    [stack, sink] = await Promise.all([createStack(), startSmtpSink()]);
  });

  afterAll(async () => {
    await sink?.stop();
    await stack?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const mailed = (email: string) => sink.mails.filter(({ to }) => to.includes(email)).length;

  async function book({ url }: ServiceHandle, email: string) {
    const answer = await fetch(`${url}/leads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(bookingBody({ email })),
    });
    expect(answer.status).toBe(202);
  }

  /** Runs services for as long as `work` takes. */
  async function during<N extends 'intake' | 'notification'>(
    names: readonly N[],
    env: Record<string, string>,
    work: (services: Record<N, ServiceHandle>) => Promise<unknown>,
  ) {
    const services = await startServices(names, { ...stack.env, SMTP_URL: sink.url, ...env });
    try {
      await work(services);
    } finally {
      await Promise.all(Object.values<ServiceHandle>(services).map((service) => service.stop()));
    }
  }

  it('brings back a wiped installation, which goes on where it was: nothing is lost, and no mail sent twice', async () => {
    await during(['intake', 'notification'], {}, async ({ intake }) => {
      await book(intake, 'mailed@example.com');
      await waitUntil('the first mail is there', () => mailed('mailed@example.com') === 1);
      const sent = () => stack.db('notification.deliveries').where({ state: 'sent' }).first();
      await waitUntil('it is known as sent', sent);
    });
    await during(['intake', 'notification'], { SMTP_URL: nowhere.mail }, async ({ intake }) => {
      await book(intake, 'waiting@example.com');
      await waitUntil(
        'its mail waits',
        async () => (await stack.db('notification.deliveries').whereNot({ state: 'sent' })).length === 1,
      );
    });
    await during(['intake'], { AMQP_URL: nowhere.broker }, ({ intake }) =>
      book(intake, 'unpublished@example.com'),
    );
    expect(await stack.db('messaging.outbox').whereNull('published_at')).not.toHaveLength(0);
    const before = await stack.db('leads').orderBy('id');

    const file = join(folder, 'meander.dump');
    const database = { url: stack.databaseUrl };
    await backup(database, file, process.env);
    await expect(restore(database, file, process.env)).rejects.toThrow('not empty');
    await stack.db.destroy();
    await stack.administer('DROP DATABASE :name WITH (FORCE)');
    await stack.administer('CREATE DATABASE :name');
    await restore(database, file, process.env);

    const client = new pg.Client({ connectionString: stack.databaseUrl });
    await client.connect();
    const { rows: after } = await client.query('SELECT * FROM leads ORDER BY id');
    await client.end();
    expect(after).toEqual(before);
    await during(['intake', 'notification'], {}, async ({ intake }) => {
      await waitUntil(
        'both mails are there',
        () => mailed('waiting@example.com') > 0 && mailed('unpublished@example.com') > 0,
        60,
      );
      await book(intake, 'new@example.com');
      await waitUntil('a new booking is mailed', () => mailed('new@example.com') > 0);
    });
    const addresses = ['mailed', 'waiting', 'unpublished', 'new'].map((name) => `${name}@example.com`);
    expect(addresses.map(mailed)).toEqual([1, 1, 1, 1]);
  });
});

if (!possible)
  it('a backup is not tried: there is no pg_dump of the version of the server', () => {
    expect(possible).toBe(false);
  });
