import { createKey, scopes } from '@meander/auth';
import {
  bookingBody,
  type Cable,
  createStack,
  layCable,
  type OtlpReceiver,
  type ServiceHandle,
  type SmtpSink,
  type Stack,
  startOtlpReceiver,
  startServices,
  startSmtpSink,
  waitUntil,
} from '@meander/testing';
import pg from 'pg';

/** The whole product as its neighbours see it: three processes, a mailbox, and who collects their telemetry. */
export interface Product {
  stack: Stack;
  sink: SmtpSink;
  otlp: OtlpReceiver;
  services: Record<'intake' | 'notification' | 'pipeline', ServiceHandle>;
  /** What the services reach their neighbours through. */
  cables: { database: Cable; broker: Cable };
  /** Posts a booking as JSON; give each its own client address where the limit is not the point. */
  book(body?: object, headers?: Record<string, string>): Promise<Response>;
  /** Calls the API of sales with a key that has all scopes. */
  sales(path: string, init?: RequestInit): Promise<Response>;
  /** Waits until this address has mail. */
  mailTo(address: string): Promise<SmtpSink['mails'][number]>;
  /** Keeps every relay from working until `release`. */
  holdRelays(): Promise<{ release(): Promise<void> }>;
  stop(): Promise<void>;
}

/** The relay's advisory lock, as packages/messaging takes it. */
const relayLock = 0x6f7574626f78;
const lockHere = `locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** Waits behind the active relay for its lock and then ends that relay: no other can take the lock back. */
async function holdRelays({ databaseUrl, db }: Stack) {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => {});
  await client.connect();
  const waiting = client.query('SELECT pg_advisory_lock($1::bigint)', [relayLock]);
  await waitUntil(
    'the lock has a waiter',
    async () => (await db.raw(`SELECT FROM pg_locks WHERE NOT granted AND ${lockHere}`)).rowCount === 1,
  );
  await db.raw(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE granted AND ${lockHere}`);
  await waiting;
  return { release: () => client.end() };
}

export async function startProduct(env: Record<string, string> = {}): Promise<Product> {
  const [stack, sink, otlp] = await Promise.all([createStack(), startSmtpSink(), startOtlpReceiver()]);
  const [database, broker] = await Promise.all([layCable(stack.databaseUrl), layCable(stack.amqpUrl)]);
  const expiresAt = new Date(Date.now() + 86_400_000);
  const { secret } = await createKey(stack.db, { name: 'test', scopes, expiresAt });
  const services = await startServices(['intake', 'notification', 'pipeline'], {
    ...stack.env,
    ...otlp.env,
    DATABASE_URL: database.url,
    AMQP_URL: broker.url,
    SMTP_URL: sink.url,
    TRUSTED_PROXIES: '127.0.0.1',
    ...env,
  });
  return {
    stack,
    sink,
    otlp,
    services,
    cables: { database, broker },
    book: (body = bookingBody(), headers = {}) =>
      fetch(`${services.intake.url}/leads`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    sales: (path, init = {}) =>
      fetch(`${services.pipeline.url}${path}`, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      }),
    mailTo: (address) =>
      waitUntil(`a mail to ${address} is there`, () => sink.mails.find(({ to }) => to.includes(address))),
    holdRelays: () => holdRelays(stack),
    async stop() {
      await Promise.all(Object.values(services).map((service) => service.stop()));
      await Promise.all([sink.stop(), otlp.stop(), database.remove(), broker.remove()]);
      await stack.drop();
    },
  };
}
