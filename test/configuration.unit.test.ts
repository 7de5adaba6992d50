import { loadIntakeConfig } from '@meander/intake/config';
import { loadNotificationConfig } from '@meander/notification/config';
import { loadPipelineConfig } from '@meander/pipeline/config';
import { ConfigError } from '@meander/runtime';
import { describe, expect, it } from 'vitest';

const needed = {
  DATABASE_URL: 'postgres://127.0.0.1/x',
  AMQP_URL: 'amqp://127.0.0.1',
  SMTP_URL: 'smtp://127.0.0.1:1025',
};

const loaders = {
  intake: loadIntakeConfig,
  notification: loadNotificationConfig,
  pipeline: loadPipelineConfig,
};
type ServiceName = keyof typeof loaders;

function faultsOf(service: ServiceName, env: Record<string, string>): readonly string[] {
  try {
    loaders[service]({ ...needed, ...env });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

/** What `NAME=value` is told of, by the name that each fault begins with. */
const toldOf = (service: ServiceName, env: Record<string, string>) =>
  faultsOf(service, env).map((fault) => /^\w+/.exec(fault)?.[0]);

describe('the configuration of a service', () => {
  it.each<[ServiceName, string, string]>([
    ['intake', 'REDIS_URL', 'redis://u:hemmelig@127.0.0.1:99999'],
    ['intake', 'REDIS_URL', 'redis:foo'],
    ['intake', 'REDIS_URL', 'redis://h/abc'],
    ['intake', 'REDIS_URL', 'redis://u:%zz@h'],
    ['intake', 'AMQP_URL', 'amqp://u:hemmelig@127.0.0.1:99999'],
    ['intake', 'AMQP_URL', 'amqp:foo'],
    ['intake', 'AMQP_URL', 'amqp://g:%zz@h'],
    ['intake', 'AMQP_URL', 'amqp://h/%zz'],
    ['intake', 'AMQP_URL', 'amqp://h?heartbeat=abc'],
    ['intake', 'PUBLIC_BASE_URL', 'http://localhost:99999'],
    ['intake', 'DATABASE_URL', 'postgres:foo'],
    ['intake', 'DATABASE_URL', 'postgres://u:%zz@h/db'],
    ['intake', 'DATABASE_URL', 'postgres://h:99999/db'],
    ['notification', 'PUBLIC_BASE_URL', 'http://localhost:99999'],
    ['notification', 'SMTP_URL', 'smtp://h:99999'],
    ['notification', 'SMTP_URL', 'smtp:foo'],
    ['notification', 'SMTP_URL', 'smtp:///'],
    ['notification', 'SMTP_URL', 'smtp://u:%zz@h'],
    ['pipeline', 'BOARD_BASE_URL', 'http://h:99999'],
  ])('has no URL that leads nowhere: %s, %s=%j', (service, name, value) => {
    expect(toldOf(service, { [name]: value })).toEqual([name]);
    expect(faultsOf(service, { [name]: value }).join()).not.toMatch(/hemmelig|failed custom validation/);
  });

  it('has no issuer that leads nowhere', () => {
    const env = { OIDC_ISSUER: 'http://h:99999', OIDC_AUDIENCE: 'x', OIDC_JWKS_URL: 'http://h:99999' };
    expect(toldOf('pipeline', env)).toEqual(['OIDC_ISSUER', 'OIDC_JWKS_URL']);
  });

  it('takes the database of a socket', () => {
    for (const url of ['postgres:///x?host=/var/run/postgresql', 'postgres://%2Fvar%2Frun%2Fpostgresql/x'])
      expect(faultsOf('intake', { DATABASE_URL: url })).toEqual([]);
  });
});
