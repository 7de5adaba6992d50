import { cpus } from 'node:os';
import type { TestServices } from '@meander/testing';
import { connect } from 'amqplib';
import pg from 'pg';
import { createClient } from 'redis';

const version = {
  async PostgreSQL({ databaseUrl }: TestServices) {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    await client.end();
    return rows[0]?.server_version.split(' ')[0];
  },
  async RabbitMQ({ amqpUrl }: TestServices) {
    const model = await connect(amqpUrl);
    const { version } = model.connection.serverProperties as { version?: string };
    await model.close();
    return version;
  },
  async Redis({ redisUrl }: TestServices) {
    if (!redisUrl) return undefined;
    const client = createClient({ url: redisUrl });
    await client.connect();
    const info = await client.info('server');
    client.destroy();
    return /^redis_version:(\S+)/m.exec(info)?.[1];
  },
};

/** What everything is measured on, one line each: servers with their versions, processors, Node. */
export async function describeGround(services: TestServices): Promise<string[]> {
  const servers = await Promise.all(
    services.description.map(async (line) => {
      const [name = '', ...kind] = line.split(': ');
      const found = await version[name as keyof typeof version]?.(services);
      return `${[name, found].filter(Boolean).join(' ')} (${kind.join(': ')})`;
    }),
  );
  const cores = cpus();
  return [
    ...servers,
    `${cores.length} × ${cores[0]?.model.trim() || 'processor'}`,
    `Node ${process.versions.node}`,
  ];
}
