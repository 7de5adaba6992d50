import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { bookingBody, type Stack, waitUntil } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IntakeFixture, startIntake } from './intake.fixture.test.ts';

let intake: IntakeFixture;
let stack: Stack;

beforeAll(async () => {
  intake = await startIntake(
    { CORS_ORIGINS: 'https://www.meander.example,https://meander.example', IP_RETENTION_DAYS: '30' },
    // Short, but longer than a busy machine takes for a request of the test's own.
    { timeouts: { headers: 2_000, request: 3_000, keepAlive: 3_000, check: 100 } },
  );
  ({ stack } = intake);
});

afterAll(() => intake.stop());

/** Sends bytes as they are, keeps the connection as it is told, and collects what comes back. */
function raw(...chunks: (string | Buffer)[]) {
  const socket = connect(intake.service.port, '127.0.0.1');
  let answer = '';
  let closed = false;
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  for (const chunk of chunks) socket.write(chunk);
  return { socket, answer: () => answer, closed: () => closed };
}

const head = (length: number) =>
  `POST /leads HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${intake.freshAddress()}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

describe('a slow or broken client', () => {
  it('HTT-17 is ended when it drips, while others are answered', async () => {
    const slow = Array.from({ length: 50 }, () => raw(head(400), '{'));
    const drip = setInterval(() => {
      for (const { socket } of slow) if (socket.writable) socket.write(' ');
    }, 100);
    expect((await intake.post(bookingBody())).status).toBe(202);
    await waitUntil('all slow ones are closed', () => slow.every(({ closed }) => closed()));
    clearInterval(drip);
    const told = slow.filter(
      ({ answer }) =>
        answer().startsWith('HTTP/1.1 408') && answer().includes('urn:meander:problem:request-timeout'),
    );
    expect(told).toHaveLength(50);
  });

  it('HTT-19 that goes away in the middle leaves nothing', async () => {
    const before = await intake.leadCount();
    const { socket, closed } = raw(head(500), '{"first_name":"Kari","last_name":"Nordm');
    socket.end();
    await waitUntil('it is closed', closed);
    expect(await intake.leadCount()).toBe(before);
    expect((await intake.post(bookingBody())).status).toBe(202);
  });

  it('that says it has sent all is answered, and its booking taken', async () => {
    const body = bookingBody();
    const json = JSON.stringify(body);
    const { socket, answer, closed } = raw(`${head(Buffer.byteLength(json))}${json}`);
    socket.end();
    await waitUntil('it is answered and closed', closed);
    expect(answer()).toMatch(/^HTTP\/1\.1 202 /);
    expect(await intake.leadOf(String(body.email))).toBeDefined();
  });

  it.each([
    ['by its length', 'Content-Length: 99999999', 'aaaa'],
    ['by its length, just', `Content-Length: ${32 * 1024 + 1}`, ''],
    ['by what has come', 'Transfer-Encoding: chunked', `c350\r\n${'a'.repeat(50_000)}\r\n`],
  ])('that is about to send too much is told so at once, %s', async (_what, length, bytes) => {
    const { socket, answer } = raw(
      `POST /leads HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${intake.freshAddress()}\r\nContent-Type: application/json\r\n${length}\r\n\r\n${bytes}`,
    );
    await waitUntil('it is answered', () => answer().includes('"status"'));
    expect(answer()).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer()).toContain('urn:meander:problem:body-too-large');
    socket.destroy();
  });

  it.each([
    ['no HTTP', 'hei\r\n\r\n'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['an address that is none', 'POST http://[::bad HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'],
    ['a header that is too long', `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['two lengths', 'POST /leads HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc'],
    [
      'both a length and chunks',
      'POST /leads HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('that sends %s is told so, as a problem', async (_what, bytes) => {
    const { answer, closed } = raw(bytes);
    await waitUntil('it is answered and closed', closed);
    expect(answer()).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer()).toContain('application/problem+json');
  });

  it('that sends a gzip bomb costs neither memory nor time', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const before = process.memoryUsage().rss;
    const { answer } = raw(
      `POST /leads HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${intake.freshAddress()}\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`,
      bomb,
    );
    await waitUntil('it is answered', () => answer().includes('413'));
    expect(answer()).toContain('urn:meander:problem:body-too-large');
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  });
});

describe('another site', () => {
  const ask = (origin: string) =>
    intake.api().options('/leads').set({
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,idempotency-key',
    });

  it('that is named may post the form, and its browser remembers that', async () => {
    const preflight = await ask('https://www.meander.example');
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': 'https://www.meander.example',
      'access-control-max-age': '3600',
    });
    expect(preflight.headers['access-control-allow-headers']).toMatch(/idempotency-key/i);
    const answer = await intake.post(bookingBody(), { headers: { origin: 'https://meander.example' } });
    expect(answer.headers['access-control-allow-origin']).toBe('https://meander.example');
  });

  it.each([
    'https://angriper.example',
    'http://www.meander.example',
    'https://www.meander.example.angriper.example',
    'null',
  ])('%s may not', async (origin) => {
    const answer = await ask(origin);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
  });

  it('learns nothing from a preflight that used up an attempt', async () => {
    const from = '203.0.113.240';
    for (let n = 0; n < 10; n += 1) await ask('https://www.meander.example').set('x-forwarded-for', from);
    expect((await intake.post(bookingBody(), { from })).status).toBe(202);
  });
});

describe('the database', () => {
  const endConnections = () =>
    stack.db.raw(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE 'meander-%'`);

  it('DBS-03 picking our transaction as the victim of a deadlock costs the visitor nothing', async () => {
    const body = bookingBody();
    await intake.post(body);
    const key = `deadlock-${body.email}`;
    // Another session holds the row that the post will need, and then wants the key that the post holds.
    const other = await stack.db.transaction();
    await other.raw("SET LOCAL deadlock_timeout = '20s'");
    await other('leads').where({ email: body.email }).forUpdate().first();
    const posted = intake.post({ ...body, notes: 'på nytt' }, { headers: { 'idempotency-key': key } });
    await waitUntil('the post waits for the row', async () => {
      const waiting = await stack
        .db('pg_stat_activity')
        .where({ application_name: 'meander-intake', wait_event_type: 'Lock' })
        .whereRaw('datname = current_database()');
      return waiting.length > 0;
    });
    await other('intake.idempotency_keys').insert({
      key: createHash('sha256').update(key).digest('base64url'),
      request_hash: Buffer.alloc(32),
    });
    await other.rollback();
    const answer = await posted;
    expect(answer.status).toBe(202);
    const lead = await intake.leadOf(String(body.email));
    expect(lead).toMatchObject({ booking_count: 2, notes: 'på nytt' });
    expect(await stack.db('messaging.outbox').where({ subject: lead.id })).toHaveLength(2);
  });

  it('DBS-07 that is locked is told as 503 with Retry-After, in bounded time', async () => {
    const lock = await stack.db.transaction();
    await lock.raw('LOCK TABLE leads IN ACCESS EXCLUSIVE MODE');
    const answers = await Promise.all(Array.from({ length: 15 }, () => intake.post(bookingBody())));
    await lock.rollback();
    for (const answer of answers) {
      expect([answer.status, answer.headers['retry-after'], answer.body.type]).toEqual([
        503,
        '5',
        'urn:meander:problem:unavailable',
      ]);
    }
    expect((await intake.post(bookingBody())).status).toBe(202);
  });

  it('DBS-01 ending all idle connections is not noticed', async () => {
    await endConnections();
    const answers = [await intake.post(bookingBody()), await intake.post(bookingBody())];
    expect(answers.filter(({ status }) => status >= 500).length).toBeLessThanOrEqual(1);
    expect(answers[1]?.status).toBe(202);
  });

  it('DBS-05 that became read-only is told as 503, and used again once it can be written', async () => {
    await stack.administer('ALTER DATABASE :name SET default_transaction_read_only = on');
    await endConnections();
    await waitUntil('it is refused', async () => (await intake.post(bookingBody())).status === 503);
    await stack.administer('ALTER DATABASE :name RESET default_transaction_read_only');
    await waitUntil(
      'it is taken again, without a restart',
      async () => (await intake.post(bookingBody())).status === 202,
    );
  });

  it('DBS-11 refusing the event leaves neither lead nor submission, and a later try works', async () => {
    const body = bookingBody();
    await stack.db.raw('REVOKE INSERT ON messaging.outbox FROM meander_messaging');
    const refused = await intake.post(body);
    await stack.db.raw('GRANT INSERT ON messaging.outbox TO meander_messaging');
    expect(refused.status).toBe(503);
    expect(refused.text).not.toMatch(/outbox|permission/);
    expect(await intake.leadOf(String(body.email))).toBeUndefined();
    expect((await intake.post(body)).status).toBe(202);
  });
});

it('client addresses are emptied after IP_RETENTION_DAYS, and nothing else is', async () => {
  const [old, young] = [bookingBody(), bookingBody()];
  await Promise.all([intake.post(old), intake.post(young), intake.post(bookingBody({ homepage: 'x' }))]);
  const { id } = await intake.leadOf(String(old.email));
  const longAgo = stack.db.raw("now() - interval '31 days'");
  await stack.db('leads').where({ id }).update({ last_booked_at: longAgo });
  await stack.db('intake.submissions').where({ lead_id: id }).update({ received_at: longAgo });
  await stack.db('intake.quarantine').update({ received_at: longAgo });

  const { createRetentionStore } = await import('./adapters/retention-store.ts');
  const { applyRetention } = await import('./handlers/apply-retention.ts');
  const rounds = await Promise.all([
    applyRetention(createRetentionStore(stack.db), 30),
    applyRetention(createRetentionStore(stack.db), 30),
  ]);
  expect(rounds.reduce((sum, { addresses }) => sum + addresses, 0)).toBe(3);
  expect(await intake.leadOf(String(old.email))).toMatchObject({ ip_address: null, phone: '+4740612345' });
  expect((await intake.leadOf(String(young.email))).ip_address).not.toBeNull();
  expect(await stack.db('intake.submissions').where({ lead_id: id }).first()).toMatchObject({
    ip_address: null,
  });
  expect(await stack.db('intake.quarantine').whereNotNull('ip_address')).toEqual([]);
});
