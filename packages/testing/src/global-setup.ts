import { randomBytes } from 'node:crypto';
import { migrate } from '@meander/database';
import type { TestProject } from 'vitest/node';
import { administer, withDatabase } from './databases.ts';
import { findServices } from './services.ts';

/**
 * Before the tests that need neighbours: finds them, and migrates one database of a name of its own, from
 * which each test file makes its copy. Afterwards every database of this run is dropped.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services = await findServices(process.env);
  if (!process.env.MEANDER_TEST_SERVICES_TOLD) console.log(services.description.join('\n'));
  const run = `meander_test_${randomBytes(4).toString('hex')}`;
  const templateName = `${run}_template`;
  await administer(services.databaseUrl, `CREATE DATABASE ${templateName}`);
  await migrate(withDatabase(services.databaseUrl, templateName));
  project.provide('databaseUrl', services.databaseUrl);
  project.provide('templateName', templateName);
  project.provide('amqpUrl', services.amqpUrl);
  project.provide('redisUrl', services.redisUrl);
  return async () => {
    await administer(services.databaseUrl, `DROP DATABASE ${templateName} WITH (FORCE)`);
    await services.stop();
  };
}
