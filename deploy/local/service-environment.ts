import type { Backing } from './backing.ts';
import { serviceNames } from './service-process.ts';
import type { LocalSettings } from './settings.ts';

/**
 * What the services get: the environment of the caller, with the URLs of what they run on. Each name that is set here
 * has been read by then, from `NAME_FILE` too, which therefore goes: a service refuses to be told the same thing twice.
 *
 * @param env of the caller
 */
export function serviceEnvironment(
  settings: LocalSettings,
  backing: Pick<Backing, 'databaseUrl' | 'amqpUrl' | 'smtpUrl'>,
  publicBaseUrl: string,
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const own: NodeJS.ProcessEnv = {
    DATABASE_URL: backing.databaseUrl,
    AMQP_URL: backing.amqpUrl,
    SMTP_URL: backing.smtpUrl,
    PUBLIC_BASE_URL: publicBaseUrl,
    BOARD_BASE_URL: settings.BOARD_BASE_URL ?? `http://localhost:${settings.PIPELINE_PORT}`,
    // Telemetry reads no file.
    OTEL_EXPORTER_OTLP_ENDPOINT: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
    HOST: '127.0.0.1',
  };
  for (const name of serviceNames) {
    for (const kind of ['PORT', 'METRICS_PORT']) {
      const port = `${name.toUpperCase()}_${kind}`;
      own[port] = String(settings[port as keyof LocalSettings]);
    }
  }
  const rest = { ...env };
  for (const name of Object.keys(own)) delete rest[`${name}_FILE`];
  return { ...rest, ...own };
}
