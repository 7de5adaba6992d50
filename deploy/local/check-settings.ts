import { loadIntakeConfig } from '@meander/intake/config';
import { loadNotificationConfig } from '@meander/notification/config';
import { loadPipelineConfig } from '@meander/pipeline/config';
import { ConfigError, gatherFaults } from '@meander/runtime';
import { type LocalSettings, loadSettings } from './settings.ts';

/** Stands for what is embedded where the environment names none. */
const embedded = {
  DATABASE_URL: 'postgres://localhost/embedded',
  AMQP_URL: 'amqp://localhost',
  SMTP_URL: 'smtp://localhost',
};

/** As far as it decides about faults, the environment that the services are going to get. */
function judgedEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // Everything local is on 127.0.0.1, whatever is named.
  const judged: NodeJS.ProcessEnv = { ...env, HOST: '', HOST_FILE: '' };
  for (const [name, url] of Object.entries(embedded)) {
    if (!env[name] && !env[`${name}_FILE`]) judged[name] = url;
  }
  return judged;
}

/** Two that are told to use one port; 0 is any free one. */
function portFaults(settings: LocalSettings): string[] {
  const unused = [
    ...(settings.DATABASE_URL ? ['POSTGRES_PORT'] : []),
    ...(settings.AMQP_URL ? ['BROKER_PORT'] : []),
    ...(settings.SMTP_URL ? ['MAIL_WEB_PORT', 'MAIL_SMTP_PORT'] : []),
  ];
  const owners = new Map<number, string>();
  return Object.entries(settings)
    .sort(([one], [other]) => one.localeCompare(other))
    .flatMap(([name, port]) => {
      if (!name.endsWith('_PORT') || port === 0 || unused.includes(name)) return [];
      const owner = owners.get(port);
      if (owner === undefined) owners.set(port, name);
      return owner === undefined
        ? []
        : [`${owner} and ${name} are both ${port}: each needs a port of its own`];
    });
}

/**
 * Reads what `npm start` itself and the three services are set to, before anything is started.
 *
 * @throws ConfigError with every fault of all of them, each once
 */
export function checkSettings(env: NodeJS.ProcessEnv): LocalSettings {
  const { faults, load } = gatherFaults();
  const settings = load(() => loadSettings(env));
  const judged = judgedEnvironment(env);
  for (const read of [loadIntakeConfig, loadNotificationConfig, loadPipelineConfig]) load(() => read(judged));
  if (settings) for (const fault of portFaults(settings)) faults.add(fault);
  if (faults.size > 0 || !settings) throw new ConfigError([...faults]);
  return settings;
}
