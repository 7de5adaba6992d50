import {
  bookingBody,
  createStack,
  type SmtpSink,
  type Stack,
  startServices,
  startSmtpSink,
  waitUntil,
} from '@meander/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedDeliveries } from './bench/world/seed.ts';

const tables = ['leads', 'deliveries'];
const many = 20_000;

let stack: Stack;
let sink: SmtpSink;

beforeAll(async () => {
  [stack, sink] = await Promise.all([createStack(), startSmtpSink()]);
  // Nobody tells the planner meanwhile that the tables have grown.
  for (const table of ['leads', 'notification.deliveries']) {
    await stack.db.raw(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
  }
});

afterAll(async () => {
  await sink?.stop();
  await stack?.drop();
});

/** How many rows of each table have been read, from end to end and by an index. */
async function rowsRead(): Promise<Record<string, { walked: number; found: number }>> {
  const rows = await stack
    .db('pg_stat_user_tables')
    .whereIn('relname', tables)
    .select('relname', 'seq_tup_read', 'idx_tup_fetch');
  return Object.fromEntries(
    rows.map(({ relname, seq_tup_read, idx_tup_fetch }) => [
      relname,
      { walked: Number(seq_tup_read), found: Number(idx_tup_fetch) },
    ]),
  );
}

const gone = (name: string) =>
  waitUntil('the sessions of the services have ended', async () => {
    const rows = await stack.db('pg_stat_activity').where('application_name', 'like', `${name}%`);
    return rows.every(({ datname }) => datname !== new URL(stack.databaseUrl).pathname.slice(1));
  });

it('takes bookings in and sends their mail without reading all leads, also by plans of an empty table', async () => {
  const services = await startServices(['intake', 'notification'], {
    ...stack.env,
    SMTP_URL: sink.url,
    TRUSTED_PROXIES: '127.0.0.1',
  });
  let visitors = 0;
  const book = async (times: number) => {
    for (let time = 0; time < times; time += 1) {
      visitors += 1;
      const answer = await fetch(`${services.intake.url}/leads`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': `203.0.113.${visitors}` },
        body: JSON.stringify(bookingBody({ email: `visitor${visitors}@example.com` })),
      });
      expect(answer.status).toBe(202);
    }
    // Told of by the outbox: looking at the tables themselves would be counted with the services.
    await waitUntil('every mail is settled', async () => {
      const told = await stack.db('messaging.outbox').where({ type: 'ConfirmationSent' });
      return told.length >= visitors;
    });
  };
  // After the sixth time the server keeps a plan for good, made for a table of a few rows.
  await book(12);
  await stack.db.transaction(async (trx) => {
    await seedDeliveries(trx, many, 'lead');
    await trx.raw("UPDATE notification.deliveries SET state = 'suppressed' WHERE state = 'pending'");
    await trx.raw('SELECT pg_stat_force_next_flush()');
  });
  const before = await rowsRead();
  await book(20);
  await Promise.all(Object.values(services).map((service) => service.stop()));
  await gone('meander-');
  const after = await rowsRead();
  for (const table of tables) {
    const [from, to] = [before[table], after[table]];
    expect(Number(to?.walked) - Number(from?.walked), `rows of ${table} read from end to end`).toBeLessThan(
      many,
    );
    expect(Number(to?.found) - Number(from?.found), `rows of ${table} found`).toBeLessThan(many / 10);
  }
});
