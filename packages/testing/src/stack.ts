import { randomBytes } from 'node:crypto';
import { connect } from 'amqplib';
import knex, { type Knex } from 'knex';
import { createClient } from 'redis';
import { inject } from 'vitest';
import { administer, withDatabase } from './databases.ts';

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string;
    templateName: string;
    amqpUrl: string;
    redisUrl: string;
  }
}

/** What one test file has for itself on the services of the run: nothing of anybody else is touched. */
export interface Stack {
  databaseUrl: string;
  amqpUrl: string;
  /** Undefined where the run has no Redis. */
  redisUrl: string | undefined;
  /** Begins every name on the broker. */
  namePrefix: string;
  /** Begins every key in Redis. */
  keyPrefix: string;
  /** The database as its owner sees it, to look at and to prepare. */
  db: Knex;
  /** The environment that a service needs to run on this stack. */
  env: Record<string, string>;
  /** Runs a statement outside this database, such as one about it; `:name` stands for its name. */
  administer(statement: string): Promise<void>;
  drop(): Promise<void>;
}

/** The services of a run, and the migrated database that its stacks are copies of. */
export interface StackGround {
  databaseUrl: string;
  templateName: string;
  amqpUrl: string;
  /** Empty where the run has no Redis. */
  redisUrl: string;
}

/** A stack on the services of the run of tests. */
export const createStack = (): Promise<Stack> =>
  createStackOn({
    databaseUrl: inject('databaseUrl'),
    templateName: inject('templateName'),
    amqpUrl: inject('amqpUrl'),
    redisUrl: inject('redisUrl'),
  });

/** Makes a database of its own from the template, and names of its own on the broker and in Redis. */
export async function createStackOn(ground: StackGround): Promise<Stack> {
  const { databaseUrl: serverUrl, templateName, amqpUrl } = ground;
  const name = `${templateName.replace(/_template$/, '')}_${randomBytes(4).toString('hex')}`;
  await administer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${templateName}`);
  const databaseUrl = withDatabase(serverUrl, name);
  const db = knex({ client: 'pg', connection: databaseUrl, pool: { min: 0, max: 4 } });
  const redisUrl = ground.redisUrl || undefined;
  const namePrefix = `${name}.`;
  const keyPrefix = `${name}:`;
  return {
    databaseUrl,
    amqpUrl,
    redisUrl,
    namePrefix,
    keyPrefix,
    db,
    env: {
      DATABASE_URL: databaseUrl,
      AMQP_URL: amqpUrl,
      AMQP_NAME_PREFIX: namePrefix,
      REDIS_KEY_PREFIX: keyPrefix,
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
      LOG_LEVEL: 'silent',
      INTAKE_PORT: '0',
      NOTIFICATION_PORT: '0',
      PIPELINE_PORT: '0',
      INTAKE_METRICS_PORT: '0',
      NOTIFICATION_METRICS_PORT: '0',
      PIPELINE_METRICS_PORT: '0',
    },
    administer: (statement) => administer(serverUrl, statement.replaceAll(':name', name)),
    async drop() {
      await db.destroy();
      await administer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await dropBrokerNames(amqpUrl, namePrefix);
      if (redisUrl) await dropKeys(redisUrl, keyPrefix);
    },
  };
}

/** The names that the product's topology makes; deleting what is not there is no error. */
const queueNames = ['notification:lead:confirm', 'meander.dead'];
const exchangeNames = ['meander.leads', 'meander.dead'];

async function dropBrokerNames(url: string, prefix: string): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  for (const queue of queueNames) await channel.deleteQueue(`${prefix}${queue}`);
  for (const exchange of exchangeNames) await channel.deleteExchange(`${prefix}${exchange}`);
  await connection.close();
}

async function dropKeys(url: string, prefix: string): Promise<void> {
  const client = createClient({ url });
  await client.connect();
  for await (const keys of client.scanIterator({ MATCH: `${prefix}*` })) {
    if (keys.length > 0) await client.del(keys);
  }
  client.destroy();
}
