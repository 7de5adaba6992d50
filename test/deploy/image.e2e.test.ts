import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import {
  bookingBody,
  createStack,
  type SmtpSink,
  type Stack,
  startSmtpSink,
  waitUntil,
} from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assembleImage, type Image, makeReadOnly } from './assemble-image.ts';
import { type ServiceName, serviceNames } from './compose-file.ts';
import { effective } from './dockerfile.ts';

/** A process of an image: its own files, its own user, nothing that it could write to. */
class Container {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;

  constructor(image: Image, env: Record<string, string>, [file, ...args] = image.command) {
    this.#process = spawn(file, args, {
      cwd: image.workingDirectory,
      env: { ...image.env, ...env },
      ...image.user,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (chunk) => this.lines.push(...String(chunk).trimEnd().split('\n')));
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Resolves with its exit code. */
  async ended(): Promise<number | null> {
    if (this.running) await once(this.#process, 'exit');
    return this.#process.exitCode;
  }

  async stop(): Promise<number | null> {
    this.#process.kill('SIGTERM');
    return this.ended();
  }
}

let stack: Stack;
let sink: SmtpSink;
const images = {} as Record<ServiceName | 'migrate', Image>;
const containers = {} as Record<ServiceName, Container>;
const urls = {} as Record<ServiceName, string>;

/** Starts what an image is for, or another command in it. */
function start(
  name: ServiceName | 'migrate',
  env: Record<string, string>,
  command?: Image['command'],
): Container {
  return new Container(images[name], env, command);
}

async function assemble(name: ServiceName | 'migrate'): Promise<void> {
  const image = await (name === 'migrate'
    ? assembleImage(name, {})
    : assembleImage('service', { SERVICE: name }));
  makeReadOnly(image);
  images[name] = image;
}

beforeAll(async () => {
  [stack, sink] = await Promise.all([
    createStack(),
    startSmtpSink(),
    ...[...serviceNames, 'migrate' as const].map(assemble),
  ]);
  const env = { ...stack.env, SMTP_URL: sink.url, LOG_LEVEL: 'info' };
  await Promise.all(
    serviceNames.map(async (name) => {
      const container = start(name, env);
      containers[name] = container;
      const { port } = await waitUntil(
        `${name} listens, or says why not: ${container.lines}`,
        () => {
          if (!container.running) throw new Error(container.lines.join('\n'));
          const line = container.lines.find((one) => one.includes('"message":"listening"'));
          return line === undefined ? undefined : (JSON.parse(line) as { port: number });
        },
        60,
      );
      urls[name] = `http://127.0.0.1:${port}`;
      await waitUntil(`${name} is ready`, async () => (await fetch(`${urls[name]}/readyz`)).ok, 60);
    }),
  );
});

afterAll(async () => {
  await Promise.all(Object.values(containers).map((container) => container.stop()));
  for (const image of Object.values(images)) image.remove();
  await sink?.stop();
  await stack?.drop();
});

describe('the images, each from its own files alone, read-only, as their own user', () => {
  it('take a booking through to the mailbox', async () => {
    const body = bookingBody();
    const answer = await fetch(`${urls.intake}/leads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(202);
    const address = String(body.email);
    await waitUntil('the mail is there', () => sink.mails.some(({ to }) => to.includes(address)));
  });

  it.each([
    ['intake', '/'],
    ['intake', '/embed.js'],
    ['intake', '/docs'],
    ['intake', '/openapi.json'],
    ['notification', '/openapi.json'],
    ['pipeline', '/board'],
    ['pipeline', '/docs'],
    ['pipeline', '/asyncapi.json'],
  ] as const)('show what %s reads from its files at %s', async (name, path) => {
    const page = await fetch(`${urls[name]}${path}`);
    expect(page.status).toBe(200);
    expect((await page.text()).length).toBeGreaterThan(500);
  });

  it('migrate a database that has everything, and end well', async () => {
    const job = start('migrate', { DATABASE_URL: stack.databaseUrl });
    expect(await job.ended(), job.lines.join('\n')).toBe(0);
  });

  it.each(serviceNames)('tell the health of %s by the command of the image', async (name) => {
    const [, text = '[]'] = /CMD (\[.*\])/.exec(effective('service', 'HEALTHCHECK') ?? '') ?? [];
    const image = images[name];
    const [, script = '', path = ''] = JSON.parse(text) as string[];
    const check = (port: string) =>
      start(name, { [`${name.toUpperCase()}_PORT`]: port }, [
        image.command[0],
        image.path(script),
        path,
      ]).ended();
    expect(await check(new URL(urls[name]).port)).toBe(0);
    expect(await check('9')).toBe(1);
  });

  it.each(serviceNames)('bring the modules of %s along compiled, for what V8 is told there', async (name) => {
    const [node, ...args] = images[name].command;
    const tell = start(name, {}, [
      node,
      ...args.slice(0, -1),
      '--eval',
      "console.log(require('node:module').getCompileCacheDir())",
    ]);
    expect(await tell.ended()).toBe(0);
    const [compiled = ''] = tell.lines;
    expect(compiled).toContain(images[name].path('/app/node_modules/.cache/compiled'));
    expect(readdirSync(compiled).length).toBeGreaterThan(100);
  });

  it('hold no tests, and nothing that only another service needs', () => {
    const image = images.pipeline;
    expect(readdirSync(image.path('/app/services'))).toEqual(['pipeline']);
    expect(readdirSync(image.path('/app/packages'))).not.toContain('testing');
    const modules = readdirSync(image.path('/app/node_modules'));
    expect(modules).toContain('express');
    for (const other of ['nodemailer', 'redis', 'vitest', 'typescript']) expect(modules).not.toContain(other);
    expect(
      readdirSync(image.path('/app/services/pipeline/src')).filter((file) => /\.test\.ts$/.test(file)),
    ).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)('run as a user that is not root', () => {
    for (const { user } of Object.values(images)) expect(user).toEqual({ uid: 1000, gid: 1000 });
  });

  it('end well when they are told to', async () => {
    for (const name of serviceNames) expect(await containers[name].stop()).toBe(0);
  });
});
