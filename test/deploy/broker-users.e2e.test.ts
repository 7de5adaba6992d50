import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bookingBody,
  createStack,
  type SmtpSink,
  type Stack,
  startServices,
  startSmtpSink,
  waitUntil,
} from '@meander/testing';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { brokerDefinitions, completePasswords } from '../../deploy/docker/make-secrets.mts';

/** RabbitMQ's own command, which makes users; it works for root on the broker's machine alone. */
function rabbitmqctl(...args: string[]): string {
  return execFileSync('rabbitmqctl', ['-q', ...args], { encoding: 'utf8', stdio: 'pipe', timeout: 60_000 });
}

function canMakeUsers(): boolean {
  const { hostname, port } = new URL(inject('amqpUrl'));
  if (!['127.0.0.1', 'localhost'].includes(hostname) || (port !== '' && port !== '5672')) return false;
  try {
    rabbitmqctl('list_vhosts');
    return true;
  } catch {
    return false;
  }
}

const services = ['intake', 'notification', 'pipeline'] as const;
type Name = (typeof services)[number];

describe.skipIf(!canMakeUsers())('the users of the broker', () => {
  const run = `meander_test_${randomBytes(4).toString('hex')}`;
  const passwords = completePasswords();
  const userOf = (name: string) => `${run}_${name}`;
  let stack: Stack;
  let sink: SmtpSink;
  const open: ChannelModel[] = [];

  const urlOf = (name: Name, vhost = run) => {
    const url = new URL(inject('amqpUrl'));
    url.username = userOf(name);
    url.password = passwords[`${name}-broker`];
    url.pathname = `/${encodeURIComponent(vhost)}`;
    return url.href;
  };

  /** The code by which the broker refuses `work` to a service, or undefined. */
  async function refusal(
    name: Name,
    work: (channel: Channel) => Promise<unknown>,
  ): Promise<number | undefined> {
    const connection = await connect(urlOf(name));
    open.push(connection);
    const channel = await connection.createChannel();
    let code: number | undefined;
    channel.on('error', (error: { code?: number }) => {
      code = error.code;
    });
    await work(channel).catch((error: { code?: number }) => {
      code ??= error.code;
    });
    return code;
  }

  beforeAll(async () => {
    [stack, sink] = await Promise.all([createStack(), startSmtpSink()]);
    const { users, permissions } = brokerDefinitions(passwords);
    const folder = mkdtempSync(join(tmpdir(), 'meander-broker-'));
    // The command reads it as the broker's own user.
    chmodSync(folder, 0o755);
    const file = join(folder, 'definitions.json');
    const definitions = {
      vhosts: [{ name: run }],
      users: users.map((user) => ({ ...user, name: userOf(user.name) })),
      permissions: permissions.map((one) => ({ ...one, user: userOf(one.user), vhost: run })),
    };
    writeFileSync(file, JSON.stringify(definitions), { mode: 0o644 });
    rabbitmqctl('import_definitions', file);
    rmSync(folder, { recursive: true });
  });

  afterAll(async () => {
    for (const connection of open) await connection.close().catch(() => {});
    for (const name of services) rabbitmqctl('delete_user', userOf(name));
    rabbitmqctl('delete_vhost', run);
    await sink?.stop();
    await stack?.drop();
  });

  it('let each service do all of its work', async () => {
    const started = await Promise.all(
      services.map(
        async (name): Promise<[Name, Awaited<ReturnType<typeof startServices>>[Name]]> => [
          name,
          (
            await startServices([name], {
              ...stack.env,
              AMQP_URL: urlOf(name),
              AMQP_NAME_PREFIX: '',
              SMTP_URL: sink.url,
            })
          )[name] as Awaited<ReturnType<typeof startServices>>[Name],
        ],
      ),
    );
    const running = Object.fromEntries(started) as Record<Name, (typeof started)[number][1]>;
    try {
      for (const name of services) {
        await waitUntil(`the broker is up for ${name}`, async () => {
          const { checks } = (await (await fetch(`${running[name].url}/readyz`)).json()) as {
            checks: { broker: string };
          };
          return checks.broker === 'up';
        });
      }
      await fetch(`${running.intake.url}/leads`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bookingBody({ email: 'bruker@example.com' })),
      });
      await waitUntil('the mail is there', () =>
        sink.mails.some(({ to }) => to.includes('bruker@example.com')),
      );
    } finally {
      await Promise.all(services.map((name) => running[name].stop()));
    }
  });

  it.each(services)('let %s make, bind and write nothing else', async (name) => {
    expect(await refusal(name, (channel) => channel.assertQueue('other:lead:steal'))).toBe(403);
    expect(await refusal(name, (channel) => channel.assertExchange('other', 'topic'))).toBe(403);
    expect(await refusal(name, (channel) => channel.deleteExchange('amq.topic'))).toBe(403);
    expect(
      await refusal(name, async (channel) => {
        channel.publish('amq.topic', 'lead.created', Buffer.from('{}'));
        await channel.checkExchange('meander.leads');
      }),
    ).toBe(403);
    expect(await refusal(name, (channel) => channel.checkExchange('meander.leads'))).toBeUndefined();
  });

  it('let a queue of its own be made by pipeline alone', async () => {
    const make = (channel: Channel) => channel.assertQueue('', { exclusive: true });
    expect(await refusal('pipeline', make)).toBeUndefined();
    expect(await refusal('intake', make)).toBe(403);
    expect(await refusal('notification', make)).toBe(403);
  });

  it.each(services)('let %s into its own virtual host alone', async (name) => {
    await expect(connect(urlOf(name, '/'))).rejects.toThrow();
  });
});

if (!canMakeUsers())
  it('the users of the broker are not tried: rabbitmqctl does not reach it from here', () => {
    expect(canMakeUsers()).toBe(false);
  });
