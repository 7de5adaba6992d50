import { expect, it } from 'vitest';
import { environmentFile } from './env-file.ts';
import { loadSettings } from './settings.ts';

const backing = {
  databaseUrl: 'postgres://localhost/meander',
  amqpUrl: 'amqp://localhost',
  smtpUrl: 'smtp://localhost',
  redisUrl: undefined,
};
const lines = (env: Record<string, string>) =>
  environmentFile(loadSettings(env), backing, 'http://localhost:3001', env).split('\n');

it('names what was started, and where the services are', () => {
  expect(lines({ PIPELINE_PORT: '4003' })).toEqual([
    'DATABASE_URL=postgres://localhost/meander',
    'AMQP_URL=amqp://localhost',
    'SMTP_URL=smtp://localhost',
    'PUBLIC_BASE_URL=http://localhost:3001',
    'INTAKE_PORT=3001',
    'NOTIFICATION_PORT=3002',
    'PIPELINE_PORT=4003',
    '',
  ]);
});

it('carries what the services take from the environment and the commands read as well', () => {
  const own = {
    AMQP_NAME_PREFIX: 'team-7.',
    AMQP_CA_FILE: '/etc/ssl/ours.pem',
    LOG_LEVEL: 'debug',
    MAIL_FROM_FILE: '/etc/from',
  };
  const written = lines(own);
  expect(written).toContain('AMQP_NAME_PREFIX=team-7.');
  expect(written).toContain('AMQP_CA_FILE=/etc/ssl/ours.pem');
  expect(written).toContain('MAIL_FROM_FILE=/etc/from');
  expect(written.join()).not.toContain('LOG_LEVEL');
});
