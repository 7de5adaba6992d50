import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from '@meander/testing';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Postgres, type PostgresOptions, startPostgres } from './index.ts';
import { findPostmaster, isPostmaster } from './postmaster.ts';
import { serverUser } from './user.ts';

const asRoot = process.getuid?.() === 0;
const posix = process.platform !== 'win32';

let folder: string;
let dataDir: string;
const log: string[] = [];
const undo: (() => unknown)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meander-postgres-'));
  await chmod(folder, 0o711); // As root, the server's own user has to pass through.
  dataDir = join(folder, 'postgres');
  log.length = 0;
});

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<PostgresOptions> = {}): Promise<Postgres> {
  const postgres = await startPostgres({ dataDir, port: 0, log: (line) => log.push(line), ...options });
  undo.push(() => postgres.stop());
  return postgres;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function serverPid(): Promise<number> {
  const live = await findPostmaster(dataDir);
  if (!live) throw new Error('no server');
  return live.pid;
}

async function hold(port: number): Promise<number> {
  const server: Server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}

/** A start in a process of its own and a group of its own, as a terminal makes one. */
async function startElsewhere(): Promise<{
  process: ChildProcess;
  postgres: { port: number; adopted: boolean };
}> {
  const script = `
    const { startPostgres } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    const { port, adopted } = await startPostgres({ dataDir: process.argv[1], port: 0 });
    console.log(JSON.stringify({ port, adopted }));
    setInterval(() => {}, 60_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dataDir], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  undo.push(() => child.kill('SIGKILL'));
  const [line] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  return { process: child, postgres: JSON.parse(String(line)) };
}

describe('a first start', () => {
  it('makes a UTF-8 database that knows Norwegian letters, on loopback only', async () => {
    const { url, port, version, adopted } = await start();
    expect({ version, adopted }).toEqual({ version: expect.stringMatching(/^18\./), adopted: false });
    expect(new URL(url)).toMatchObject({ hostname: '127.0.0.1', port: String(port), pathname: '/meander' });
    const [row] = await query(
      url,
      `select current_setting('server_encoding') as encoding, current_setting('listen_addresses') as listens,
              current_setting('unix_socket_directories') as sockets, upper('æøå') as upper, current_database() as name`,
    );
    expect(row).toEqual({
      encoding: 'UTF8',
      listens: '127.0.0.1',
      sockets: '',
      upper: 'ÆØÅ',
      name: 'meander',
    });
  });

  it('asks for a password that only its owner can read and no log or command line shows', async () => {
    const { url } = await start();
    const { password } = new URL(url);
    expect(password.length).toBeGreaterThan(30);
    await expect(query(url.replace(password, 'guess'), 'select 1')).rejects.toThrow(/password/);
    if (posix) expect((await stat(`${dataDir}.password`)).mode & 0o777).toBe(0o600);
    const written = [log.join('\n'), await readFile(join(dataDir, 'server.log'), 'utf8')];
    if (process.platform === 'linux')
      written.push(await readFile(`/proc/${await serverPid()}/cmdline`, 'utf8'));
    for (const text of written) expect(text).not.toContain(password);
  });

  it('leaves nothing half-made beside the data', async () => {
    await start();
    expect((await readdir(folder)).sort()).toEqual(['postgres', 'postgres.password']);
  });

  it('sweeps away what a start that was killed had begun', async () => {
    const ended = spawn(process.execPath, ['-e', '']);
    await once(ended, 'exit');
    await mkdir(`${dataDir}.new-${ended.pid}-abc`);
    await start();
    expect(await readdir(folder)).not.toContain(`postgres.new-${ended.pid}-abc`);
  });

  it('uses the port it is given and makes the database it is asked for', async () => {
    const wanted = await freePort();
    const { url, port } = await start({ port: wanted, database: 'Øst "2"' });
    expect(port).toBe(wanted);
    expect(await query(url, 'select current_database() as name')).toEqual([{ name: 'Øst "2"' }]);
  });
});

describe('a later start', () => {
  it('finds the data of the first', async () => {
    const first = await start();
    await query(first.url, "create table kept (word text); insert into kept values ('blåbær')");
    await first.stop();
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await query(second.url, 'select word from kept')).toEqual([{ word: 'blåbær' }]);
  });

  it('recovers what was committed before the server was killed, with a session open', async () => {
    const first = await start();
    await query(first.url, 'create table kept (n int); insert into kept values (1)');
    const open = new pg.Client({ connectionString: first.url });
    open.on('error', () => undefined);
    await open.connect();
    await open.query('begin; insert into kept values (2)');
    const pid = await serverPid();
    process.kill(pid, 'SIGKILL');

    const second = await start();
    expect(await serverPid()).not.toBe(pid);
    expect(second.adopted).toBe(false);
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
    await expect(first.stop()).resolves.toBeUndefined();
    expect(await findPostmaster(dataDir), 'the stop of the first leaves the second alone').toBeDefined();
  });

  it.runIf(posix)('is not stopped by a lock file whose process id another program has got', async () => {
    const first = await start();
    await query(first.url, 'create table kept ()');
    process.kill(await serverPid(), 'SIGKILL');
    // PostgreSQL minds only processes of its own user.
    const user = await serverUser(dataDir);
    const other = spawn('sleep', ['600'], { ...(user && { uid: user.uid, gid: user.gid }), cwd: '/' });
    undo.push(() => other.kill('SIGKILL'));
    const lock = join(dataDir, 'postmaster.pid');
    const lines = (await readFile(lock, 'utf8')).split('\n');
    await writeFile(lock, [other.pid, ...lines.slice(1)].join('\n'));

    const second = await start();
    expect(await query(second.url, 'select * from kept')).toEqual([]);
    expect((await readdir(dataDir)).filter((name) => name.startsWith('postmaster.pid'))).toEqual([
      'postmaster.pid',
    ]);
  });

  it('adopts the server of a start that was killed with everything in its group, and can stop it', async () => {
    const elsewhere = await startElsewhere();
    const pid = await serverPid();
    process.kill(posix ? -Number(elsewhere.process.pid) : Number(elsewhere.process.pid), 'SIGKILL');
    await once(elsewhere.process, 'exit');

    const postgres = await start();
    expect(postgres).toMatchObject({ adopted: true, port: elsewhere.postgres.port });
    expect(await serverPid()).toBe(pid);
    await postgres.stop();
    expect(await isPostmaster(pid, dataDir)).toBe(false);
  });
});

describe('starts at the same time', () => {
  it('share one server, from an empty folder on', async () => {
    const [one, two, other] = await Promise.all([start(), start(), startElsewhere()]);
    expect(new Set([one.port, two.port, other.postgres.port]).size).toBe(1);
    expect([one, two, other.postgres].filter(({ adopted }) => !adopted)).toHaveLength(1);
    expect(await query(one.url, 'select 1 as n')).toEqual(await query(two.url, 'select 1 as n'));
    expect((await readdir(folder)).sort()).toEqual(['postgres', 'postgres.password']);
  });

  it('share one server when they find a killed one', async () => {
    await start();
    process.kill(await serverPid(), 'SIGKILL');
    const all = await Promise.all([start(), start(), start()]);
    expect(new Set(all.map(({ port }) => port)).size).toBe(1);
    expect(all.filter(({ adopted }) => !adopted)).toHaveLength(1);
  });
});

describe('stop', () => {
  it('leaves no process, no lock file and a free port, cuts off sessions, and may be called twice', async () => {
    const postgres = await start();
    const pid = await serverPid();
    const session = new pg.Client({ connectionString: postgres.url });
    session.on('error', () => undefined);
    await session.connect();
    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();
    expect(await isPostmaster(pid, dataDir)).toBe(false);
    expect(await readdir(dataDir)).not.toContain('postmaster.pid');
    await hold(postgres.port);
  });
});

describe('what cannot start says so in one line', () => {
  const oneLine = (pattern: RegExp) =>
    expect.objectContaining({ message: expect.stringMatching(new RegExp(`^(?=.*${pattern.source}).*$`)) });

  it('a port that is taken', async () => {
    const port = await hold(0);
    await expect(start({ port })).rejects.toEqual(
      oneLine(new RegExp(`127.0.0.1:${port}.*taken.*POSTGRES_PORT`)),
    );
    expect(await findPostmaster(dataDir)).toBeUndefined();
  });

  it('data of another version', async () => {
    await (await start()).stop();
    await writeFile(join(dataDir, 'PG_VERSION'), '17\n');
    await expect(start()).rejects.toEqual(oneLine(/made by version 17 and this is 18/));
  });

  it('a folder with something else in it', async () => {
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'thesis.txt'), 'all there is');
    await expect(start()).rejects.toEqual(oneLine(/something else/));
    expect(await readdir(dataDir)).toEqual(['thesis.txt']);
  });

  it('a lost password', async () => {
    await (await start()).stop();
    await rm(`${dataDir}.password`);
    await expect(start()).rejects.toEqual(oneLine(/postgres\.password.*is gone/));
  });

  it('a fault in its settings', async () => {
    await (await start()).stop();
    await writeFile(join(dataDir, 'postgresql.auto.conf'), "shared_buffers = 'plenty'\n");
    await expect(start()).rejects.toEqual(oneLine(/does not start: .*contains errors.*server\.log/));
  });
});

describe.runIf(asRoot)('root', () => {
  it('runs the server as somebody else', async () => {
    await start();
    expect((await stat(`/proc/${await serverPid()}`)).uid).not.toBe(0);
    expect((await stat(dataDir)).uid).not.toBe(0);
  });

  it('keeps the data elsewhere, and finds it again, where that user cannot enter', async () => {
    await chmod(folder, 0o700);
    const first = await start();
    const home = dirname(await readlink(dataDir));
    undo.unshift(() => rm(home, { recursive: true }));
    expect(log.join('\n')).toContain(home);
    await query(first.url, 'create table kept ()');
    await first.stop();
    const second = await start();
    expect(await query(second.url, 'select * from kept')).toEqual([]);
  });
});
