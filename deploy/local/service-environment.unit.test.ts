import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadIntakeConfig } from '@meander/intake/config';
import { loadNotificationConfig } from '@meander/notification/config';
import { loadPipelineConfig } from '@meander/pipeline/config';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serviceEnvironment } from './service-environment.ts';
import { loadSettings } from './settings.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meander-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Each of these as `NAME_FILE`. */
function inFiles(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const file = join(folder, name);
      writeFileSync(file, `${value}\n`);
      return [`${name}_FILE`, file];
    }),
  );
}

/** What the services read when `npm start` runs in this environment. */
function asStarted(env: Record<string, string>) {
  const settings = loadSettings(env);
  const backing = {
    databaseUrl: settings.DATABASE_URL ?? 'postgres://localhost/embedded',
    amqpUrl: settings.AMQP_URL ?? 'amqp://localhost',
    smtpUrl: settings.SMTP_URL ?? 'smtp://localhost',
  };
  const given = serviceEnvironment(
    settings,
    backing,
    settings.PUBLIC_BASE_URL ?? 'http://localhost:3001',
    env,
  );
  return {
    given,
    intake: loadIntakeConfig(given),
    notification: loadNotificationConfig(given),
    pipeline: loadPipelineConfig(given),
  };
}

it('hands on what a file holds, whatever it is that a file holds', () => {
  const values = {
    DATABASE_URL: 'postgres://db.example/meander',
    AMQP_URL: 'amqp://broker.example',
    REDIS_URL: 'redis://redis.example',
    SMTP_URL: 'smtp://mail.example',
    PUBLIC_BASE_URL: 'https://book.example',
    BOARD_BASE_URL: 'https://board.example',
    INTAKE_PORT: '4001',
    INTAKE_METRICS_PORT: '4101',
    NOTIFICATION_PORT: '4002',
    NOTIFICATION_METRICS_PORT: '4102',
    PIPELINE_PORT: '4003',
    PIPELINE_METRICS_PORT: '4103',
    LOG_LEVEL: 'warn',
    MAIL_FROM: 'sales@example.no',
  };
  const { intake, notification, pipeline } = asStarted(inFiles({ ...values, HOST: '0.0.0.0' }));
  const { MAIL_FROM, ...plain } = values;
  expect(
    Object.fromEntries(
      Object.entries({ ...intake, ...notification, ...pipeline })
        .filter(([name]) => name in plain)
        .map(([name, value]) => [name, String(value)]),
    ),
  ).toEqual(plain);
  expect(notification.MAIL_FROM.address).toBe(MAIL_FROM);
  expect(intake.HOST).toBe('127.0.0.1');
});

it('hands the collector on by its plain name, which telemetry reads', () => {
  const { given } = asStarted(inFiles({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example:4318' }));
  expect(given.OTEL_EXPORTER_OTLP_ENDPOINT).toBe('http://collector.example:4318');
});

it('takes what is empty as left out', () => {
  const { pipeline, intake } = asStarted({ BOARD_BASE_URL: '', PIPELINE_PORT: '4003', LOG_LEVEL: '' });
  expect(pipeline.BOARD_BASE_URL).toBe('http://localhost:4003');
  expect(intake.LOG_LEVEL).toBe('info');
});
