import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer as createPlainServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { migrate } from '@meander/database';
import { startPostgres } from '@meander/local/postgres';
import { type ServiceName, startServiceProcess } from '@meander/local/service-process';
import {
  bookingBody,
  createStack,
  hasRedisServer,
  makeAuthority,
  type ServerCertificate,
  type Stack,
  startRedisServer,
  startServices,
  startSmtpSink,
  type TestAuthority,
  waitUntil,
} from '@meander/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let authority: TestAuthority;
let stranger: TestAuthority;
let stack: Stack;
/** The environment in which all four are reached by TLS, as `localhost`. */
let env: Record<string, string>;
let databaseUrl: string;
let sink: Awaited<ReturnType<typeof startSmtpSink>>;
const stops: (() => unknown)[] = [];

/** A PostgreSQL of its own that lets nobody in without TLS. */
async function startTlsPostgres({ cert, key }: ServerCertificate): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'meander-tls-'));
  chmodSync(folder, 0o711);
  const dataDir = join(folder, 'postgres');
  const server = await startPostgres({ dataDir, port: 0 });
  stops.push(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const { uid, gid } = statSync(dataDir);
  for (const [name, text] of Object.entries({ 'server.crt': cert, 'server.key': key })) {
    writeFileSync(join(dataDir, name), text, { mode: 0o600 });
    if (process.getuid?.() === 0) chownSync(join(dataDir, name), uid, gid);
  }
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query('ALTER SYSTEM SET ssl = on');
  await client.query('SELECT pg_reload_conf()');
  await client.end();
  const url = new URL(server.url);
  url.hostname = 'localhost';
  url.searchParams.set('sslmode', 'verify-full');
  return url.href;
}

/** TLS in front of the broker of the run, which need not speak it itself. */
async function startTlsBroker({ cert, key }: ServerCertificate, amqpUrl: string): Promise<string> {
  const target = new URL(amqpUrl);
  const [port, host] = [Number(target.port || 5672), target.hostname];
  const server = createServer({ cert, key }, (socket) => {
    const upstream = connect(port, host);
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => server.close());
  target.protocol = 'amqps:';
  target.hostname = 'localhost';
  target.port = String((server.address() as AddressInfo).port);
  return target.href;
}

beforeAll(async () => {
  [authority, stranger] = [makeAuthority(), makeAuthority('Stranger CA')];
  const certificate = authority.issue('DNS:localhost');
  stack = await createStack();
  sink = await startSmtpSink({ tls: certificate });
  databaseUrl = await startTlsPostgres(certificate);
  const redis = hasRedisServer
    ? await startRedisServer({ tls: { ...certificate, ca: authority.ca } })
    : undefined;
  if (redis) stops.push(() => redis.kill());
  env = {
    ...stack.env,
    DATABASE_URL: databaseUrl,
    DATABASE_CA_FILE: authority.caFile,
    AMQP_URL: await startTlsBroker(certificate, stack.amqpUrl),
    AMQP_CA_FILE: authority.caFile,
    REDIS_URL: redis?.url ?? '',
    REDIS_CA_FILE: redis ? authority.caFile : '',
    SMTP_URL: sink.url,
    SMTP_CA_FILE: authority.caFile,
  };
  await migrate(databaseUrl, authority.ca);
});

afterAll(async () => {
  await sink?.stop();
  for (const stop of stops.reverse()) await stop();
  await stack?.drop();
  authority?.remove();
  stranger?.remove();
});

describe('with TLS to every neighbour', () => {
  it('a booking becomes a mail, and nothing is sent in the clear', async () => {
    const services = await startServices(['intake', 'notification', 'pipeline'], env);
    try {
      const answer = await fetch(`${services.intake.url}/leads`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bookingBody({ email: 'tls@example.com' })),
      });
      expect(answer.status).toBe(202);
      await waitUntil('the mail is there', () => sink.mails.some(({ to }) => to.includes('tls@example.com')));
      const { checks } = (await (await fetch(`${services.intake.url}/readyz`)).json()) as {
        checks: Record<string, string>;
      };
      expect(new Set(Object.values(checks))).toEqual(new Set(['up']));

      const { hostname, port, username, password, pathname } = new URL(databaseUrl);
      const look = new pg.Client({
        ...{ host: hostname, port: Number(port), database: pathname.slice(1) },
        ...{ user: username, password, ssl: { ca: authority.ca } },
      });
      await look.connect();
      const { rows } = await look.query(
        `SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name LIKE 'meander-%'`,
      );
      await look.end();
      expect(rows).toEqual([{ ssl: true }]);
    } finally {
      await Promise.all(Object.values(services).map((service) => service.stop()));
    }
  });
});

/** Starts a service that cannot become ready, and gives what it says of itself meanwhile. */
async function refused(name: ServiceName, overlay: Record<string, string>, said: readonly RegExp[]) {
  const lines: string[] = [];
  let over: string | undefined;
  const started = startServiceProcess(
    name,
    0,
    { ...process.env, ...env, ...overlay, LOG_LEVEL: 'info' },
    (_name, line) => void lines.push(line),
  );
  void started.ended.then((how) => {
    over = how;
  });
  try {
    const listening = await waitUntil(
      'it listens',
      () => lines.find((line) => line.includes('"message":"listening"')),
      60,
    );
    for (const pattern of said)
      await waitUntil(`a line says ${pattern}`, () => lines.some((line) => pattern.test(line)));
    const answer = await fetch(`http://127.0.0.1:${JSON.parse(listening).port}/readyz`);
    expect(over, 'it goes on, and tries again').toBeUndefined();
    const { checks } = (await answer.json()) as { checks: Record<string, string> };
    return { status: answer.status, checks, lines };
  } finally {
    await started.stop();
  }
}

describe('a server that cannot be trusted', () => {
  it('is refused where another CA signed its certificate, with what to mend', async () => {
    const { caFile } = stranger;
    const { status, checks, lines } = await refused(
      'intake',
      {
        DATABASE_CA_FILE: caFile,
        AMQP_CA_FILE: caFile,
        ...(hasRedisServer ? { REDIS_CA_FILE: caFile } : {}),
      },
      [
        /database cannot be trusted \(TLS\): .*check DATABASE_CA_FILE/,
        /broker cannot be trusted \(TLS\): .*check AMQP_CA_FILE/,
        ...(hasRedisServer ? [/redis cannot be trusted \(TLS\): .*check REDIS_CA_FILE/] : []),
      ],
    );
    expect(status).toBe(503);
    expect(checks).toMatchObject({ database: 'down', broker: 'down' });
    expect(lines.filter((line) => line.includes('cannot be trusted')).length).toBeLessThan(10);
  });

  it('is refused where its certificate is for another host, with what to mend', async () => {
    const elsewhere = (url: string) => url.replace('localhost', '127.0.0.1');
    const { status, checks } = await refused(
      'intake',
      {
        DATABASE_URL: elsewhere(env.DATABASE_URL ?? ''),
        AMQP_URL: elsewhere(env.AMQP_URL ?? ''),
        REDIS_URL: elsewhere(env.REDIS_URL ?? ''),
      },
      [
        /database cannot be trusted \(TLS\): .*check the host in DATABASE_URL/,
        /broker cannot be trusted \(TLS\): .*check the host in AMQP_URL/,
        ...(hasRedisServer ? [/redis cannot be trusted \(TLS\): .*check the host in REDIS_URL/] : []),
      ],
    );
    expect([status, checks.database, checks.broker]).toEqual([503, 'down', 'down']);
  });

  it('is refused where it offers no TLS although the URL asks for it', async () => {
    const { checks } = await refused('pipeline', { DATABASE_URL: await startWithoutTls() }, [
      /database cannot be trusted \(TLS\): it speaks no TLS there/,
    ]);
    expect(checks.database).toBe('down');
  });
});

/** A server that answers the driver's question for TLS with "no", as PostgreSQL without `ssl` does. */
async function startWithoutTls(): Promise<string> {
  const server = createPlainServer((socket) =>
    socket.on('error', () => {}).once('data', () => socket.end('N')),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => server.close());
  return `postgres://localhost:${(server.address() as AddressInfo).port}/x?sslmode=verify-full`;
}
