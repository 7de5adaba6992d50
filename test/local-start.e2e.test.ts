import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bookingBody, createStack, freePort, startSmtpSink, waitUntil } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const portNames = [
  'INTAKE_PORT',
  'NOTIFICATION_PORT',
  'PIPELINE_PORT',
  'INTAKE_METRICS_PORT',
  'NOTIFICATION_METRICS_PORT',
  'PIPELINE_METRICS_PORT',
  'START_PORT',
  'MAIL_WEB_PORT',
  'MAIL_SMTP_PORT',
  'POSTGRES_PORT',
  'BROKER_PORT',
] as const;

type PortName = (typeof portNames)[number];

let folder: string;
let ports: Record<PortName, number>;
let running: LocalStart | undefined;

async function freePorts(): Promise<Record<PortName, number>> {
  const found: [PortName, number][] = [];
  for (const name of portNames) found.push([name, await freePort()]);
  return Object.fromEntries(found) as Record<PortName, number>;
}

interface LocalStart {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

/** `npm start` as the README has it, on embedded services and a data folder of the test's own. */
function startLocal(env: Record<string, string> = {}): LocalStart {
  const { DATABASE_URL: _db, AMQP_URL: _amqp, REDIS_URL: _redis, SMTP_URL: _smtp, ...rest } = process.env;
  const own = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
  const child = spawn('npm', ['start'], {
    env: { ...rest, ...own, MEANDER_LOCAL_DIR: folder, ...env },
    // A group of its own, so that Ctrl-C can be sent as a terminal sends it: to the whole group.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  return { child, output: () => output, ended: once(child, 'exit').then(([code]) => code) };
}

async function startReady(env: Record<string, string> = {}): Promise<LocalStart> {
  running = startLocal(env);
  const { output, child } = running;
  const isReady = () => output().includes('Meander Leads is ready');
  await waitUntil('all is ready, or over', () => isReady() || child.exitCode !== null, 60);
  if (child.exitCode !== null) {
    running = undefined;
    throw new Error(`npm start ended: ${output()}`);
  }
  return running;
}

/** Whether a process that belongs to this data folder or its ports is left. */
async function listens(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  return new Promise((resolve) => {
    server.once('error', () => resolve(true));
    server.once('listening', () => server.close(() => resolve(false)));
  });
}

async function stopByCtrlC(start: LocalStart): Promise<void> {
  process.kill(-(start.child.pid as number), 'SIGINT');
  running = undefined;
  await start.ended;
  for (const [name, port] of Object.entries(ports)) {
    await waitUntil(`${name} is free again`, async () => !(await listens(port)));
  }
}

const intake = () => `http://127.0.0.1:${ports.INTAKE_PORT}`;
const pipeline = () => `http://127.0.0.1:${ports.PIPELINE_PORT}`;
const inbox = async () =>
  (await (await fetch(`http://127.0.0.1:${ports.MAIL_WEB_PORT}/messages`)).json()) as {
    id: string;
    to: string;
  }[];

const book = (body: object) =>
  fetch(`${intake()}/leads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meander-start-'));
  chmodSync(folder, 0o711);
  ports = await freePorts();
});

afterAll(async () => {
  if (running) await stopByCtrlC(running);
  rmSync(folder, { recursive: true, force: true });
});

describe('npm start, on embedded services', () => {
  const email = 'kari.start@example.com';
  let leadId: string;
  let key: string;

  const asSales = (path: string, init: RequestInit = {}) =>
    fetch(`${pipeline()}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    });
  const move = (to: string) =>
    asSales(`/leads/${leadId}/transitions`, { method: 'POST', body: JSON.stringify({ to }) });

  it('takes a booking to the mail catcher, with a confirmation link that works', async () => {
    await startReady();
    const answer = await book(bookingBody({ email }));
    expect(answer.status).toBe(202);
    const { masked_ref, confirmation_url } = (await answer.json()) as {
      masked_ref: string;
      confirmation_url: string;
    };
    const mail = await waitUntil('the mail is in the catcher', async () =>
      (await inbox()).find(({ to }) => to === email),
    );
    const { text } = (await (
      await fetch(`http://127.0.0.1:${ports.MAIL_WEB_PORT}/messages/${mail.id}`)
    ).json()) as { text: string };
    expect(text).toContain(confirmation_url);
    const page = await fetch(confirmation_url.replace('localhost', '127.0.0.1'));
    expect(page.status).toBe(200);

    const start = `http://127.0.0.1:${ports.START_PORT}/`;
    await waitUntil('the start page shows the way of the booking through all three services', async () => {
      const text = await (await fetch(start)).text();
      const passed = ['intake', 'notification', 'pipeline'].every((name) =>
        text.includes(`class="bar ${name}"`),
      );
      return passed && text.includes('send mail');
    });

    const file = join(folder, 'api-key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    key = readFileSync(file, 'utf8').trim();
    leadId = ((await (await asSales(`/leads/${masked_ref}`)).json()) as { id: string }).id;
  });

  it('leaves one lead, booked twice, when the same email comes in capitals; the sixth attempt is 429', async () => {
    expect((await book(bookingBody({ email: email.toUpperCase() }))).status).toBe(202);
    const lead = (await (await asSales(`/leads/${leadId}`)).json()) as {
      booking_count: number;
      email: string;
    };
    expect(lead).toMatchObject({ booking_count: 2, email });
    for (let attempt = 3; attempt <= 5; attempt += 1) expect((await book({})).status).toBe(422);
    const refused = await book(bookingBody());
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3500);
  });

  it('moves the lead forward and refuses the way back', async () => {
    expect((await move('contacted')).status).toBe(200);
    expect((await move('new')).status).toBe(409);
  });

  it('refuses a second start with one line that names the port', async () => {
    const second = startLocal();
    expect(await second.ended).toBe(1);
    const told = second.output().trim().split('\n').at(-1);
    expect(told).toMatch(
      /^Port \d+ on 127\.0\.0\.1 is already taken\. Stop what uses it, or set [A-Z_]+ to another port\.$/,
    );
  });

  it('stops by Ctrl-C and leaves no process behind; a second start finds the data', async () => {
    await stopByCtrlC(running as LocalStart);
    await startReady();
    expect(readFileSync(join(folder, 'api-key'), 'utf8').trim()).toBe(key);
    const lead = (await (await asSales(`/leads/${leadId}`)).json()) as {
      status: string;
      booking_count: number;
    };
    expect(lead).toMatchObject({ status: 'contacted', booking_count: 2 });
    expect((await inbox()).some(({ to }) => to === email)).toBe(true);
  });

  it('stops when only npm is told to, and leaves nothing behind either', async () => {
    const start = running as LocalStart;
    running = undefined;
    start.child.kill('SIGTERM');
    for (const [name, port] of Object.entries(ports)) {
      await waitUntil(`${name} is free again`, async () => !(await listens(port)));
    }
  });
});

it('a fault in the configuration is told in full, before any port opens', async () => {
  const start = startLocal({ INTAKE_PORT: 'x', AMQP_URL: 'http://wrong', TRANSITION_POLICY: 'zig' });
  expect(await start.ended).toBe(1);
  expect(start.output()).toContain('INTAKE_PORT');
  expect(start.output()).toContain('AMQP_URL');
  expect(start.output()).toContain('TRANSITION_POLICY');
  expect(start.output()).not.toContain(' at ');
});

it('runs on neighbours and ports that files name', async () => {
  const [stack, sink] = await Promise.all([createStack(), startSmtpSink()]);
  const files = {
    DATABASE_URL: stack.databaseUrl,
    AMQP_URL: stack.amqpUrl,
    SMTP_URL: sink.url,
    PUBLIC_BASE_URL: 'https://book.example',
    INTAKE_PORT: String(ports.INTAKE_PORT),
  };
  const env: Record<string, string> = { AMQP_NAME_PREFIX: stack.namePrefix, INTAKE_PORT: '' };
  for (const [name, value] of Object.entries(files)) {
    env[`${name}_FILE`] = join(folder, `${name}.secret`);
    writeFileSync(join(folder, `${name}.secret`), value);
  }
  try {
    const start = await startReady(env);
    const answer = await book(bookingBody({ email: 'from.files@example.com' }));
    expect(await answer.json()).toMatchObject({
      confirmation_url: expect.stringMatching(/^https:\/\/book\.example\//),
    });
    await waitUntil('the mail is at the server', () =>
      sink.mails.some(({ to }) => to.includes('from.files@example.com')),
    );
    await stopByCtrlC(start);
  } finally {
    await sink.stop();
    await stack.drop();
  }
});
