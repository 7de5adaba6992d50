import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey, scopes } from '@meander/auth';
import type { ServiceName } from '@meander/local/service-process';
import {
  type Cable,
  layCable,
  type RedisServer,
  type SmtpScript,
  startRedisServer,
  startSmtpScript,
} from '@meander/testing';
import { type Broker, startBroker } from './broker.ts';
import { type DatabaseServer, startDatabase } from './database.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { type Observer, startObserver } from './observer.ts';
import { runProgram } from './program.ts';
import { type BrokerGeneration, findSource, type Source } from './sources.ts';
import { startTelemetrySink } from './telemetry-sink.ts';

/** Everything that a run stands on: servers that may be killed, cables that may be cut, and copies of the services. */
export interface World {
  source: Source;
  /** One line for each server: name and version. */
  description: string[];
  broker: Broker;
  database: DatabaseServer;
  redis: RedisServer;
  smtp: SmtpScript;
  /** Through these, and through no other way, the services reach their neighbours. */
  cables: Record<'database' | 'broker' | 'redis' | 'mail' | 'telemetry', Cable>;
  fleet: Fleet;
  observer: Observer;
  /** A key of the sales API with all scopes. */
  secret: string;
  /** A folder that goes with the world. */
  folder: string;
  /** Brings every service back to its usual number of copies. */
  fullStrength(): Promise<void>;
  end(): Promise<void>;
}

/** How many copies of each service run. */
export const copiesOfEach = 2;
const services: readonly ServiceName[] = ['intake', 'notification', 'pipeline'];

async function describeServers(source: Source, database: DatabaseServer, broker: Broker): Promise<string[]> {
  const redis = await runProgram([...source.prefix, '/usr/bin/redis-server', '--version'], {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  });
  return [
    `PostgreSQL ${database.version}`,
    `RabbitMQ ${broker.version}`,
    `Redis ${/v=([\d.]+)/.exec(redis)?.[1] ?? '?'}`,
    ...(source.instead ? [source.instead] : []),
  ];
}

/** Starts all of it. Nothing is left running where a part cannot start. */
export async function startWorld(generation: BrokerGeneration): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'meander-faults-'));
  const ends: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const end = async () => {
    for (const one of ends.splice(0).reverse()) await Promise.resolve(one()).catch(() => {});
  };
  // The servers are in groups of their own, which a Ctrl-C does not reach.
  const interrupted = () => void end().finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupted);
  const until = <T>(part: T, stop: (part: T) => Promise<void> | void): T => {
    ends.push(() => stop(part));
    return part;
  };
  try {
    // PostgreSQL, started by root, runs as another user, who must be able to pass through.
    chmodSync(folder, 0o711);
    const source = await findSource(generation);
    const database = until(await startDatabase(join(folder, 'database')), (part) => part.remove());
    const broker = until(await startBroker(source, folder), (part) => part.remove());
    const redis = until(
      await startRedisServer({ command: [...source.prefix, '/usr/bin/redis-server'] }),
      async (part) => {
        part.thaw();
        await part.kill();
      },
    );
    const smtp = until(await startSmtpScript(), (part) => part.stop());
    const telemetry = until(await startTelemetrySink(), (part) => part.stop());
    const lay = async (url: string) => until(await layCable(url), (part) => part.remove());
    const cables = {
      database: await lay(database.url),
      broker: await lay(broker.url),
      redis: await lay(redis.url),
      mail: await lay(smtp.url),
      telemetry: await lay(telemetry.url),
    };
    const observer = until(await startObserver(broker.url), (part) => part.stop());
    const { secret } = await createKey(database.db, {
      name: 'faults',
      scopes,
      expiresAt: new Date(Date.now() + 7 * 86_400_000),
    });
    const fleet = until(
      createFleet({
        DATABASE_URL: cables.database.url,
        DATABASE_POOL_SIZE: '5',
        AMQP_URL: cables.broker.url,
        REDIS_URL: cables.redis.url,
        SMTP_URL: cables.mail.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: cables.telemetry.url.replace(/\/$/, ''),
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        TRUSTED_PROXIES: '127.0.0.1',
        LOG_LEVEL: 'info',
        ...Object.fromEntries(
          services.flatMap((name) => [
            [`${name.toUpperCase()}_PORT`, '0'],
            [`${name.toUpperCase()}_METRICS_PORT`, '0'],
          ]),
        ),
      }),
      (part) => part.end(),
    );
    const fullStrength = async () => {
      for (const name of services) while (fleet.of(name).length < copiesOfEach) await fleet.add(name);
    };
    await fullStrength();
    const description = await describeServers(source, database, broker);
    return {
      source,
      description,
      broker,
      database,
      redis,
      smtp,
      cables,
      fleet,
      observer,
      secret,
      folder,
      fullStrength,
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}
