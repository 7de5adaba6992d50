import { isIP } from 'node:net';
import { type IntakeConfig, loadIntakeConfig } from '@meander/intake/config';
import { loadNotificationConfig, type NotificationConfig } from '@meander/notification/config';
import { loadPipelineConfig, type PipelineConfig } from '@meander/pipeline/config';
import { ConfigError, gatherFaults, loadConfig, variable } from '@meander/runtime';

/** What only the doctor reads. */
export interface DoctorSettings {
  /** Where the services are, as this machine sees them; by HOST and their ports where left out. */
  INTAKE_URL?: string;
  NOTIFICATION_URL?: string;
  PIPELINE_URL?: string;
  /** Resolvers to ask in place of the system's, as addresses with an optional port. */
  DOCTOR_DNS_SERVERS: string[];
}

export interface DoctorConfig {
  intake: IntakeConfig;
  notification: NotificationConfig;
  pipeline: PipelineConfig;
  settings: DoctorSettings;
}

/** An address, or one with a port as `dns.setServers` reads it. */
function isServer(text: string): boolean {
  const [, address = '', port = ''] = /^([\d.]+|\[[0-9a-f:.]+\]):(\d{1,5})$/i.exec(text) ?? [];
  const withPort =
    isIP(address.replace(/^\[(.*)\]$/, '$1')) > 0 && Number(port) > 0 && Number(port) <= 65_535;
  return isIP(text) > 0 || withPort;
}

export const variables = {
  INTAKE_URL: variable.baseUrl(),
  NOTIFICATION_URL: variable.baseUrl(),
  PIPELINE_URL: variable.baseUrl(),
  DOCTOR_DNS_SERVERS: variable.list(isServer, 'an IP address, with a port or without'),
};

/**
 * Reads what the services read, by their own rules.
 *
 * @throws ConfigError with every fault of all of them, each once
 */
export function loadDoctorConfig(env: NodeJS.ProcessEnv): DoctorConfig {
  const { faults, load } = gatherFaults();
  const intake = load(() => loadIntakeConfig(env));
  const notification = load(() => loadNotificationConfig(env));
  const pipeline = load(() => loadPipelineConfig(env));
  const settings = load(() => loadConfig<DoctorSettings>(variables, env));
  if (intake && notification && pipeline && settings) return { intake, notification, pipeline, settings };
  throw new ConfigError([...faults]);
}
