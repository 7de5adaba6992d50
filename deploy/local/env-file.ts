import type { Backing } from './backing.ts';
import { serviceNames } from './service-process.ts';
import type { LocalSettings } from './settings.ts';

/** What the services take from the environment of `npm start`, and the commands have to take from there as well. */
const carried = [
  ...['DATABASE_CA_FILE', 'AMQP_CA_FILE', 'REDIS_CA_FILE', 'SMTP_CA_FILE'],
  ...['AMQP_NAME_PREFIX', 'MAIL_FROM', 'DEFAULT_PHONE_REGION', 'IP_RETENTION_DAYS'].flatMap((name) => [
    name,
    `${name}_FILE`,
  ]),
];

/** The settings of a start as `NAME=value` lines: `npm run doctor`, `npm run apikey` and their like read them. */
export function environmentFile(
  settings: LocalSettings,
  backing: Pick<Backing, 'databaseUrl' | 'amqpUrl' | 'smtpUrl' | 'redisUrl'>,
  publicBaseUrl: string,
  env: NodeJS.ProcessEnv,
): string {
  const values: Record<string, string | number | undefined> = {
    DATABASE_URL: backing.databaseUrl,
    AMQP_URL: backing.amqpUrl,
    SMTP_URL: backing.smtpUrl,
    REDIS_URL: backing.redisUrl,
    PUBLIC_BASE_URL: publicBaseUrl,
  };
  for (const name of serviceNames) {
    const port = `${name.toUpperCase()}_PORT` as keyof LocalSettings;
    values[port] = settings[port];
  }
  for (const name of carried) values[name] = env[name];
  return Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
