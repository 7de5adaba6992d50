import { variables as intakeVariables, loadIntakeConfig } from '@meander/intake/config';
import { loadNotificationConfig, variables as notificationVariables } from '@meander/notification/config';
import { loadPipelineConfig, variables as pipelineVariables } from '@meander/pipeline/config';
import { ConfigError } from '@meander/runtime';
import fc from 'fast-check';
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
const names = {
  intake: Object.keys(intakeVariables),
  notification: Object.keys(notificationVariables),
  pipeline: Object.keys(pipelineVariables),
};

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

  it.each<[ServiceName, Record<string, string>, string[]]>([
    ['intake', { PUBLIC_BASE_URL: 'https://user:pw@host.no' }, ['PUBLIC_BASE_URL']],
    ['notification', { PUBLIC_BASE_URL: 'https://host.no/a?a=b' }, ['PUBLIC_BASE_URL']],
    ['notification', { PUBLIC_BASE_URL: 'https://host.no/a#c' }, ['PUBLIC_BASE_URL']],
    ['pipeline', { BOARD_BASE_URL: 'https://user@host.no' }, ['BOARD_BASE_URL']],
    ['pipeline', { BOARD_BASE_URL: 'https://host.no?' }, ['BOARD_BASE_URL']],
    ['pipeline', { OIDC_ISSUER: 'https://login.no/?a=b', OIDC_AUDIENCE: 'x' }, ['OIDC_ISSUER']],
    ['pipeline', { OIDC_ISSUER: 'https://u:p@login.no', OIDC_AUDIENCE: 'x' }, ['OIDC_ISSUER']],
    ['pipeline', { OIDC_ISSUER: 'https://login.no' }, ['OIDC_AUDIENCE']],
    ['pipeline', { OIDC_AUDIENCE: 'x' }, ['OIDC_AUDIENCE']],
    ['notification', { OIDC_JWKS_URL: 'https://login.no/keys' }, ['OIDC_JWKS_URL']],
    ['pipeline', { OIDC_ISSUER: 'https://login.no', OIDC_AUDIENCE: ' ' }, ['OIDC_AUDIENCE']],
    ['pipeline', { OIDC_ISSUER: ' ', OIDC_AUDIENCE: 'x' }, ['OIDC_ISSUER']],
    ['pipeline', { OIDC_SCOPE_CLAIM: ' ', OIDC_TOKEN_TYPE: '\t' }, ['OIDC_SCOPE_CLAIM', 'OIDC_TOKEN_TYPE']],
    ['intake', { REDIS_KEY_PREFIX: ' ' }, ['REDIS_KEY_PREFIX']],
    ['intake', { FORM_SIGNING_KEY: ' '.repeat(40) }, ['FORM_SIGNING_KEY']],
    ['intake', { FORM_SIGNING_KEY: `short${' '.repeat(40)}` }, ['FORM_SIGNING_KEY']],
    ...[
      ...[
        'ftp://a.no',
        'ws://a.no',
        'https://*.a.no',
        'https://a.no;script-src',
        'https://a.no/',
        'https://a_b,',
        '*',
      ],
      ...["https://a.no'", 'http://a.no:99999', 'null', 'https://u@a.no'],
    ].map((origin): [ServiceName, Record<string, string>, string[]] => [
      'intake',
      { CORS_ORIGINS: origin },
      ['CORS_ORIGINS'],
    ]),
    ['intake', { INTAKE_PORT: '4000', INTAKE_METRICS_PORT: '4000' }, ['INTAKE_METRICS_PORT']],
    [
      'notification',
      { NOTIFICATION_PORT: '9465', NOTIFICATION_METRICS_PORT: '9465' },
      ['NOTIFICATION_METRICS_PORT'],
    ],
    ['pipeline', { PIPELINE_METRICS_PORT: '3003' }, ['PIPELINE_METRICS_PORT']],
    ['intake', { TRUSTED_PROXIES: '10.0.0.1:80' }, ['TRUSTED_PROXIES']],
    ['pipeline', { AMQP_NAME_PREFIX: 'hemmelig prefix' }, ['AMQP_NAME_PREFIX']],
  ])('takes nothing that would count for nothing, or for something else: %s, %j', (service, env, told) => {
    expect(toldOf(service, env)).toEqual(told);
  });

  it.each<[ServiceName, Record<string, string>]>([
    ['intake', { INTAKE_PORT: '0', INTAKE_METRICS_PORT: '0' }],
    [
      'intake',
      {
        CORS_ORIGINS:
          'https://www.example.no, http://localhost:8080, http://[::1]:8080, https://xn--bcher-kva.no',
      },
    ],
    ['intake', { PUBLIC_BASE_URL: 'https://host.no/under/' }],
    [
      'pipeline',
      {
        OIDC_ISSUER: 'https://login.no/realm/',
        OIDC_AUDIENCE: 'x',
        OIDC_JWKS_URL: 'https://login.no/keys?p=a',
      },
    ],
    ['pipeline', { OIDC_SCOPE_CLAIM: 'scp' }],
  ])('takes what can be: %s, %j', (service, env) => {
    expect(faultsOf(service, env)).toEqual([]);
  });

  it('tells of each variable on one line, and never its value', () => {
    const begin = fc.constantFrom(
      '',
      'http://',
      'redis://u:',
      'postgres://h/x?sslmode=',
      'amqp://h?heartbeat=',
      '0',
      '-----BEGIN ',
    );
    const end = fc.constantFrom(
      '',
      ' ',
      '\n',
      '@127.0.0.1:99999',
      ':99999',
      '%zz',
      '@',
      ';',
      ',',
      '#',
      '-----',
    );
    const services = Object.keys(loaders) as ServiceName[];
    fc.assert(
      fc.property(fc.constantFrom(...services), begin, end, (service, before, after) => {
        const value = `${before}HeMmElIg${after}`;
        const faults = faultsOf(service, Object.fromEntries(names[service].map((name) => [name, value])));
        // Nearly any text is a claim, a prefix, a secret.
        expect(faults.length).toBeGreaterThan(names[service].length / 2);
        expect(faults.join('')).not.toMatch(/hemmelig|\n|99999/i);
        expect(faults.filter((fault) => !names[service].some((name) => fault.startsWith(name)))).toEqual([]);
      }),
    );
  });
});
