import type { TestProject } from 'vitest/node';
import { findServices } from './services.ts';
import { createTemplate } from './template.ts';

/**
 * Before the tests that need neighbours: finds them, and migrates one database of a name of its own, from
 * which each test file makes its copy. Afterwards every database of this run is dropped.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services = await findServices(process.env);
  if (!process.env.MEANDER_TEST_SERVICES_TOLD) console.log(services.description.join('\n'));
  const template = await createTemplate(services.databaseUrl, 'meander_test');
  project.provide('databaseUrl', services.databaseUrl);
  project.provide('templateName', template.name);
  project.provide('amqpUrl', services.amqpUrl);
  project.provide('redisUrl', services.redisUrl);
  return async () => {
    await template.drop();
    await services.stop();
  };
}
