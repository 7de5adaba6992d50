import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brokerVariables, databaseVariables, loadServiceConfig, variable } from '@meander/runtime';

/** The top of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** What `npm start` itself reads. Each URL that is set is used; each that is not is served by an embedded part. */
export interface LocalSettings {
  DATABASE_URL?: string;
  DATABASE_CA?: string;
  AMQP_URL?: string;
  REDIS_URL?: string;
  SMTP_URL?: string;
  PUBLIC_BASE_URL?: string;
  /** Where the board is seen from outside. */
  BOARD_BASE_URL?: string;
  /** A collector that gets the telemetry in place of the start page. */
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;
  INTAKE_PORT: number;
  NOTIFICATION_PORT: number;
  PIPELINE_PORT: number;
  INTAKE_METRICS_PORT: number;
  NOTIFICATION_METRICS_PORT: number;
  PIPELINE_METRICS_PORT: number;
  START_PORT: number;
  MAIL_WEB_PORT: number;
  MAIL_SMTP_PORT: number;
  POSTGRES_PORT: number;
  BROKER_PORT: number;
  MEANDER_LOCAL_DIR: string;
}

/** Others are told where it is, so it cannot be any free one. */
const namedPort = (fallback: number) => variable.port(fallback).min(1);

const variables = {
  DATABASE_URL: databaseVariables.DATABASE_URL.optional(),
  DATABASE_CA: databaseVariables.DATABASE_CA,
  AMQP_URL: brokerVariables.AMQP_URL.optional(),
  REDIS_URL: variable.redisUrl(),
  SMTP_URL: variable.url('smtp', 'smtps'),
  PUBLIC_BASE_URL: variable.baseUrl(),
  BOARD_BASE_URL: variable.baseUrl(),
  // Judged with the services' other settings of telemetry.
  OTEL_EXPORTER_OTLP_ENDPOINT: variable.text(),
  INTAKE_PORT: namedPort(3001),
  NOTIFICATION_PORT: namedPort(3002),
  PIPELINE_PORT: namedPort(3003),
  INTAKE_METRICS_PORT: variable.metricsPort(9464, 'INTAKE_PORT'),
  NOTIFICATION_METRICS_PORT: variable.metricsPort(9465, 'NOTIFICATION_PORT'),
  PIPELINE_METRICS_PORT: variable.metricsPort(9466, 'PIPELINE_PORT'),
  START_PORT: namedPort(3000),
  MAIL_WEB_PORT: namedPort(1080),
  MAIL_SMTP_PORT: namedPort(1025),
  POSTGRES_PORT: namedPort(54320),
  BROKER_PORT: namedPort(56720),
  MEANDER_LOCAL_DIR: variable.text(`${root}.local`),
};

/** @throws ConfigError */
export function loadSettings(env: NodeJS.ProcessEnv): LocalSettings {
  const settings = loadServiceConfig<LocalSettings>(variables, env);
  return { ...settings, MEANDER_LOCAL_DIR: resolve(settings.MEANDER_LOCAL_DIR) };
}
