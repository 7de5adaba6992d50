import { type AuthConfig, authVariables } from '@meander/auth';
import { type Locale, locales, normalizeEmail } from '@meander/lead';
import {
  type CommonConfig,
  ConfigError,
  commonVariables,
  loadServiceConfig,
  variable,
} from '@meander/runtime';
import Joi from 'joi';
import { dkimFaults, readPrivateKey } from './domain/dkim-settings.ts';
import { type Mailbox, parseMailbox } from './domain/mail-from.ts';

export interface NotificationConfig extends CommonConfig, AuthConfig {
  NOTIFICATION_PORT: number;
  NOTIFICATION_METRICS_PORT: number;
  SMTP_URL: string;
  /** PEM; without it the system's CAs count. With it mail goes by TLS or not at all. */
  SMTP_CA?: string;
  MAIL_FROM: Mailbox;
  SALES_EMAIL?: string;
  /** The language of alerts to sales. */
  SALES_LOCALE: Locale;
  /** Where the mail of made-up bookings goes. */
  DOCTOR_EMAIL?: string;
  /** To the relay, at once. */
  SMTP_CONNECTIONS: number;
  PUBLIC_BASE_URL: string;
  /** Set all three, or none. */
  DKIM_DOMAIN?: string;
  DKIM_SELECTOR?: string;
  DKIM_PRIVATE_KEY?: string;
  /** `1` serves `GET /preview`. */
  PREVIEW: string;
}

const mailbox = Joi.string()
  .custom(
    (text: string, helpers) =>
      parseMailbox(text) ?? helpers.message({ custom: '{#label} is not an address, or Name <address>' }),
  )
  .default({ name: 'Meander', address: 'no-reply@meander.example' }) as unknown as Joi.Schema<Mailbox>;

const privateKey = Joi.string().custom(
  (text: string, helpers) =>
    readPrivateKey(text) ??
    helpers.message({ custom: '{#label} is not an RSA private key of at least 1024 bits in PEM' }),
);

/** Prometheus' range for exporters. */
export const usualMetricsPort = 9465;

export const variables = {
  ...commonVariables,
  ...authVariables,
  NOTIFICATION_PORT: variable.port(3002),
  NOTIFICATION_METRICS_PORT: variable.metricsPort(usualMetricsPort, 'NOTIFICATION_PORT'),
  SMTP_URL: variable.url('smtp', 'smtps').required(),
  SMTP_CONNECTIONS: variable.count(10, 100),
  // By smtp:// too: TLS then begins with STARTTLS.
  SMTP_CA: variable.certificates('SMTP_URL', /^smtps?:/, 'set it'),
  MAIL_FROM: mailbox,
  SALES_EMAIL: variable.checked((text) => normalizeEmail(text).ok, 'an email address'),
  DOCTOR_EMAIL: variable.checked((text) => normalizeEmail(text).ok, 'an email address'),
  SALES_LOCALE: variable.oneOf<Locale>('nb', ...locales),
  PUBLIC_BASE_URL: variable.baseUrl().default('http://localhost:3001'),
  DKIM_DOMAIN: Joi.string().hostname(),
  DKIM_SELECTOR: Joi.string().hostname(),
  DKIM_PRIVATE_KEY: privateKey,
  PREVIEW: variable.oneOf('0', '0', '1'),
};

/** @throws ConfigError with every fault */
export function loadNotificationConfig(env: NodeJS.ProcessEnv): NotificationConfig {
  const together = dkimFaults(env);
  try {
    const config = loadServiceConfig<NotificationConfig>(variables, env);
    if (together.length === 0) return config;
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError([...error.faults, ...together]);
    throw error;
  }
  throw new ConfigError(together);
}
