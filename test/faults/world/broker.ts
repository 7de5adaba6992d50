import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, waitUntil } from '@meander/testing';
import { connect } from 'amqplib';
import { type Program, runProgram, startProgram } from './program.ts';
import type { Source } from './sources.ts';

/** A RabbitMQ of the suite's own. */
export interface Broker {
  url: string;
  version: string;
  /** Starts it, and waits until it takes connections; its data is that of last time. */
  start(): Promise<void>;
  /** SIGKILL, as a power cut. */
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Runs `rabbitmqctl`. Takes about a second. */
  ctl(...args: string[]): Promise<string>;
  /** Ends it, and removes its data. */
  remove(): Promise<void>;
}

const programs = '/usr/lib/rabbitmq/bin';
const startDeadline = 60;

/** True once the broker speaks AMQP. */
export async function takesConnections(url: string): Promise<boolean> {
  try {
    const connection = await connect(url, { timeout: 2_000 });
    connection.on('error', () => {});
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

/** @param logs folder for what the server says */
export async function startBroker(source: Source, logs: string): Promise<Broker> {
  const [port, distribution, epmdPort] = [await freePort(), await freePort(), await freePort()];
  const home = `/tmp/meander-faults-broker-${port}`;
  mkdirSync(join(source.root, home), { recursive: true });
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    HOME: home,
    RABBITMQ_NODENAME: `faults${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distribution),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_MNESIA_BASE: `${home}/data`,
    RABBITMQ_LOG_BASE: `${home}/log`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${home}/plugins`,
    // The machine's own settings are those of another broker.
    RABBITMQ_CONFIG_FILE: `${home}/none`,
    RABBITMQ_CONF_ENV_FILE: `${home}/none`,
  };
  const run = (...command: string[]) => [...source.prefix, ...command];
  const log = join(logs, 'rabbitmq.log');
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  // A name server of its own, which ends with it: the one that Erlang starts by itself would stay behind.
  const epmd = startProgram(run('/usr/bin/epmd', '-port', String(epmdPort), '-address', '127.0.0.1'), {
    env,
    log,
  });
  let server: Program | undefined;
  const ctl = (...args: string[]) => runProgram(run(`${programs}/rabbitmqctl`, ...args), env);
  const broker: Broker = {
    url,
    version: '',
    async start() {
      server = startProgram(run(`${programs}/rabbitmq-server`), { env, log });
      await waitUntil('RabbitMQ takes connections', () => takesConnections(url), startDeadline);
    },
    kill: async () => server?.kill(),
    freeze: () => server?.signal('SIGSTOP'),
    thaw: () => server?.signal('SIGCONT'),
    ctl,
    async remove() {
      await server?.kill();
      await epmd.kill();
      rmSync(join(source.root, home), { recursive: true, force: true });
    },
  };
  try {
    await broker.start();
    broker.version = await ctl('version');
    return broker;
  } catch (error) {
    await broker.remove();
    throw error;
  }
}
