import {
  bookingBody,
  type Cable,
  createStack,
  layCable,
  type ServiceHandle,
  type SmtpSink,
  type Stack,
  startServices,
  startSmtpSink,
  waitUntil,
} from '@meander/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const names = ['intake', 'notification', 'pipeline'] as const;

let stack: Stack;
let sink: SmtpSink;
let cables: Record<'database' | 'broker' | 'redis' | 'mail', Cable>;
let services: Record<(typeof names)[number], ServiceHandle>;

beforeEach(async () => {
  [stack, sink] = await Promise.all([createStack(), startSmtpSink()]);
  const [database, broker, redis, mail] = await Promise.all([
    layCable(stack.databaseUrl),
    layCable(stack.amqpUrl),
    layCable(stack.redisUrl ?? sink.url),
    layCable(sink.url),
  ]);
  cables = { database, broker, redis, mail };
  services = await startServices(names, {
    ...stack.env,
    DATABASE_URL: database.url,
    AMQP_URL: broker.url,
    SMTP_URL: mail.url,
    ...(stack.redisUrl ? { REDIS_URL: redis.url } : {}),
  });
});

afterEach(async () => {
  await Promise.all(Object.values(services).map((service) => service.stop()));
  await Promise.all(Object.values(cables).map((cable) => cable.remove()));
  await sink.stop();
  await stack.drop();
});

const checks = async ({ url }: ServiceHandle) =>
  ((await (await fetch(`${url}/readyz`)).json()) as { checks: Record<string, string> }).checks;

/** Stops all three and tells, for each, how it ended and whether within the ten seconds that it has. */
const stopAll = () =>
  Promise.all(
    names.map(async (name) => {
      const { stop, ended } = services[name];
      const began = performance.now();
      await stop();
      return [await ended, performance.now() - began < 10_000];
    }),
  );
const inTime = names.map((name) => [`${name} ended (exit code 0)`, true]);

describe('a service that is told to stop ends well within ten seconds', () => {
  it('while the database is frozen', async () => {
    cables.database.freeze();
    for (const name of names)
      await waitUntil(
        `${name} waits for an answer`,
        async () => (await checks(services[name])).database === 'down',
      );
    expect(await stopAll()).toEqual(inTime);
  });

  it('while the broker is frozen', async () => {
    cables.broker.freeze();
    await fetch(`${services.intake.url}/leads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(bookingBody()),
    });
    expect(await stopAll()).toEqual(inTime);
  });

  it('while everything is frozen, with a mail under way', async () => {
    cables.mail.freeze();
    await fetch(`${services.intake.url}/leads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(bookingBody()),
    });
    await waitUntil('the mail is on its way', async () =>
      stack.db('notification.deliveries').first('id').where('state', 'sending'),
    );
    for (const cable of Object.values(cables)) cable.freeze();
    expect(await stopAll()).toEqual(inTime);
  });
});
