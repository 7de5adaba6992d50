import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker } from '@meander/local/broker';
import { startPostgres } from '@meander/local/postgres';
import pg from 'pg';

/** What a run of the tests stands on. */
export interface TestServices {
  /** A database in which others may be made and dropped. */
  databaseUrl: string;
  amqpUrl: string;
  /** Empty where there is none. */
  redisUrl: string;
  /** One line each: what it is, and whether it is real or embedded. */
  description: string[];
  stop(): Promise<void>;
}

const standard = {
  databases: [
    'postgres://postgres:postgres@127.0.0.1:5432/postgres',
    'postgres://postgres@127.0.0.1:5432/postgres',
  ],
  amqp: 'amqp://guest:guest@127.0.0.1:5672',
  redis: 'redis://127.0.0.1:6379',
};

/** Whether something listens at the URL's address. */
function listens(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  const fallback = protocol.startsWith('amqp') ? 5672 : 6379;
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || fallback), timeout: 10_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

async function acceptsLogin(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function firstThat(accepts: (url: string) => Promise<boolean>, urls: (string | undefined)[]) {
  for (const url of urls) if (url && (await accepts(url))) return url;
  return undefined;
}

/**
 * Finds what the tests run on: the URLs of the environment, else the standard local ports, else embedded
 * parts. With REQUIRE_REAL_SERVICES=1 an absent real one is an error instead.
 */
export async function findServices(env: NodeJS.ProcessEnv): Promise<TestServices> {
  const mustBeReal = env.REQUIRE_REAL_SERVICES === '1';
  const description: string[] = [];
  const stops: (() => Promise<void>)[] = [];
  const note = (name: string, url: string | undefined, otherwise: string) => {
    if (!url && mustBeReal)
      throw new Error(`${name} does not answer, and REQUIRE_REAL_SERVICES=1 asks for a real one.`);
    description.push(`${name}: ${url ? `real, ${new URL(url).host}` : otherwise}`);
  };

  const databases = env.DATABASE_URL ? [env.DATABASE_URL] : standard.databases;
  let databaseUrl = await firstThat(acceptsLogin, databases);
  note('PostgreSQL', databaseUrl, 'embedded');
  let amqpUrl = await firstThat(listens, [env.AMQP_URL ?? standard.amqp]);
  note('RabbitMQ', amqpUrl, 'embedded stand-in');
  const redisUrl = await firstThat(listens, [env.REDIS_URL ?? standard.redis]);
  note('Redis', redisUrl, 'none, the limiter in process is used');

  if (!databaseUrl) {
    const folder = mkdtempSync(join(tmpdir(), 'meander-test-'));
    chmodSync(folder, 0o711);
    const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), port: 0 });
    databaseUrl = postgres.url;
    stops.push(async () => {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    });
  }
  if (!amqpUrl) {
    const broker = await startBroker({ port: 0 });
    amqpUrl = broker.url;
    stops.push(() => broker.close());
  }
  return {
    databaseUrl,
    amqpUrl,
    redisUrl: redisUrl ?? '',
    description,
    async stop() {
      for (const stop of stops) await stop();
    },
  };
}
