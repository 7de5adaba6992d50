import { isPhoneRegion, type PhoneRegion } from '@meander/lead';
import {
  type CommonConfig,
  commonVariables,
  loadServiceConfig,
  parseRange,
  variable,
} from '@meander/runtime';
import Joi from 'joi';

export interface IntakeConfig extends CommonConfig {
  INTAKE_PORT: number;
  INTAKE_METRICS_PORT: number;
  REDIS_URL?: string;
  /** PEM; without it the system's CAs count. */
  REDIS_CA?: string;
  REDIS_KEY_PREFIX: string;
  PUBLIC_BASE_URL: string;
  RATE_LIMIT_MAX: number;
  RATE_LIMIT_WINDOW_SECONDS: number;
  TRUSTED_PROXIES: string[];
  DEFAULT_PHONE_REGION: PhoneRegion;
  CORS_ORIGINS: string[];
  IP_RETENTION_DAYS: number;
  FORM_SIGNING_KEY?: string;
  /** How often a made-up booking tries the whole way; not at all where it is left out. */
  CANARY_INTERVAL_SECONDS?: number;
}

/**
 * An origin as browsers send it: scheme, host and port, nothing behind. It comes to stand in a Content-Security-Policy,
 * where `*` and `;` mean something of their own.
 */
const isOrigin = (text: string) =>
  /^https?:\/\/([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d+)?$/.test(text) &&
  URL.canParse(text) &&
  new URL(text).origin === text;

/** Prometheus' range for exporters. */
export const usualMetricsPort = 9464;

export const variables = {
  ...commonVariables,
  INTAKE_PORT: variable.port(3001),
  INTAKE_METRICS_PORT: variable.metricsPort(usualMetricsPort, 'INTAKE_PORT'),
  REDIS_URL: variable.redisUrl(),
  REDIS_CA: variable.certificates('REDIS_URL', /^rediss:/, 'start it with rediss://'),
  REDIS_KEY_PREFIX: variable.text('meander:'),
  PUBLIC_BASE_URL: variable.baseUrl().default('http://localhost:3001'),
  RATE_LIMIT_MAX: variable.count(5, 10_000),
  RATE_LIMIT_WINDOW_SECONDS: variable.count(3600, 86_400),
  TRUSTED_PROXIES: variable.list((entry) => parseRange(entry) !== undefined, 'an IP address or CIDR range'),
  DEFAULT_PHONE_REGION: variable
    .checked<PhoneRegion>(isPhoneRegion, 'a two-letter country code')
    .default('NO'),
  CORS_ORIGINS: variable.list(isOrigin, 'an origin such as https://www.example.no'),
  IP_RETENTION_DAYS: variable.count(30, 3_650),
  CANARY_INTERVAL_SECONDS: Joi.number().integer().min(60).max(86_400),
  FORM_SIGNING_KEY: variable.checked(
    (text) => text.trim().length >= 32,
    'a secret of at least 32 characters',
  ),
};

/** @throws ConfigError with every fault */
export function loadIntakeConfig(env: NodeJS.ProcessEnv): IntakeConfig {
  return loadServiceConfig<IntakeConfig>(variables, env);
}
