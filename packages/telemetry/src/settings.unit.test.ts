import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dropEmptySettings, lendSecrets, setDefaults } from './environment.ts';
import { telemetryFaults, telemetrySecrets, telemetrySettings } from './settings.ts';

const names = Object.keys(telemetrySettings);

function file(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'meander-')), 'file');
  writeFileSync(path, content);
  return path;
}

describe('a setting of telemetry', () => {
  it.each([
    ['OTEL_SDK_DISABLED', 'TRUE'],
    ['OTEL_LOG_LEVEL', 'DEBUG'],
    ['OTEL_SERVICE_NAME', 'mine'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'service.version=0.1.0, deployment.environment.name=prod%2Ceu,'],
    ['OTEL_NODE_RESOURCE_DETECTORS', 'env,host, serviceinstance'],
    ['OTEL_PROPAGATORS', 'tracecontext,baggage'],
    ['OTEL_SEMCONV_STABILITY_OPT_IN', 'http/dup,database'],
    ['OTEL_TRACES_EXPORTER', 'otlp,console'],
    ['OTEL_METRICS_EXPORTER', 'none'],
    ['OTEL_METRICS_EXPORTER', 'otlp,prometheus'],
    ['OTEL_TRACES_SAMPLER', 'parentbased_traceidratio'],
    ['OTEL_TRACES_SAMPLER_ARG', '0.25'],
    ['OTEL_TRACES_SAMPLER_ARG', '1e-3'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://otlp.example.no:4318/under'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://[::1]:4318/v1/traces?tenant=a'],
    ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Basic%20dTpw==,x-tenant=a'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip'],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'Delta'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '2147483647'],
    ['OTEL_SPAN_LINK_COUNT_LIMIT', '0'],
  ])('%s=%s is taken', (name, value) => {
    expect(telemetryFaults({ [name]: value })).toEqual([]);
  });

  it.each([
    ['OTEL_SDK_DISABLED', 'yes'],
    ['OTEL_LOG_LEVEL', 'loud'],
    ['OTEL_SERVICE_NAME', ' '],
    ['OTEL_RESOURCE_ATTRIBUTES', 'service.version'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=b=c'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=%zz'],
    ['OTEL_RESOURCE_ATTRIBUTES', `a=${'b'.repeat(256)}`],
    ['OTEL_NODE_RESOURCE_DETECTORS', 'env,container'],
    ['OTEL_PROPAGATORS', 'b3'],
    ['OTEL_PROPAGATORS', ','],
    ['OTEL_TRACES_EXPORTER', 'zipkin'],
    ['OTEL_METRICS_EXPORTER', 'oltp'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_TRACES_SAMPLER_ARG', '-0.1'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.2.3'],
    ...[
      'not a url',
      'localhost:4318',
      'ftp://h',
      ' ',
      'http://u:pw@h:99999',
      'http://u:pw@h',
      'http://',
      'http://h?a=b',
    ].map((value) => ['OTEL_EXPORTER_OTLP_ENDPOINT', value]),
    ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'http://h:0/v1/metrics'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http'],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'http/xml'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a b=c'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=b%0Ac'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'cookie=a;b'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '0'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd'],
    ['OTEL_EXPORTER_OTLP_CERTIFICATE', '/nonexistent'],
    ['OTEL_EXPORTER_OTLP_CLIENT_KEY', '/nonexistent'],
    ['OTEL_EXPORTER_OTLP_INSECURE', '1'],
    ...['abc', '0', '-5', '1e3', '2147483648', '99999999999', '1.5'].map((value) => [
      'OTEL_METRIC_EXPORT_INTERVAL',
      value,
    ]),
    ['OTEL_METRIC_EXPORT_TIMEOUT', '99999999999'],
    ['OTEL_BSP_SCHEDULE_DELAY', '99999999999'],
    ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '4096'],
    ['OTEL_SPAN_EVENT_COUNT_LIMIT', '-1'],
    ['OTEL_ATTRIBUTE_COUNT_LIMIT', 'many'],
  ] as [string, string][])('%s=%j is told', (name, value) => {
    const faults = telemetryFaults({ [name]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${name}\\b.`));
  });

  it('is left out where it is empty', () => {
    expect(telemetryFaults(Object.fromEntries(names.map((name) => [name, ''])))).toEqual([]);
  });

  it('is told with all the others, on one line each, without its value', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', ' ', '\n', ',', '=', '://', '%zz', ';'),
        fc.constantFrom('', 'http://', 'a='),
        (end, begin) => {
          const value = `${begin}hemmelig${end}`;
          // A few take nearly any text: a name, attributes, opt-ins.
          const faults = telemetryFaults(Object.fromEntries(names.map((name) => [name, value])));
          expect(faults.length).toBeGreaterThan(names.length - 10);
          expect(faults.join('')).not.toMatch(/hemmelig|\n/);
        },
      ),
    );
  });

  it('that is a secret may be in a file', () => {
    for (const name of telemetrySecrets) {
      expect(telemetryFaults({ [`${name}_FILE`]: file('x-key=hemmelig\n') })).toEqual([]);
      expect(telemetryFaults({ [`${name}_FILE`]: file('hemmelig') })).toHaveLength(1);
      expect(telemetryFaults({ [`${name}_FILE`]: '/no/such/file' })).toEqual([
        `${name}_FILE names a file that cannot be read`,
      ]);
      expect(telemetryFaults({ [name]: 'a=b', [`${name}_FILE`]: file('a=b') })).toEqual([
        `${name} and ${name}_FILE are both set: keep one of them`,
      ]);
    }
  });
});

describe('the environment of telemetry', () => {
  const prepared = (given: NodeJS.ProcessEnv, program?: string) => {
    const env = { ...given };
    dropEmptySettings(env);
    setDefaults(env, program);
    return env;
  };

  it('has the defaults in place of what is empty', () => {
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    expect(prepared({ ...empty, LOG_LEVEL: '' })).toEqual({ ...prepared({}), LOG_LEVEL: '' });
    expect(prepared({ OTEL_TRACES_EXPORTER: '', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://h' })).toMatchObject({
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_PROPAGATORS: 'tracecontext',
    });
    const traces = {
      OTEL_EXPORTER_OTLP_ENDPOINT: '',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://h/v1/traces',
    };
    expect(prepared(traces)).toMatchObject({ OTEL_TRACES_EXPORTER: 'otlp', OTEL_METRICS_EXPORTER: 'none' });
  });

  it('names the service by its program, unless an attribute does', () => {
    const program = '/app/services/intake/src/main.ts';
    expect(prepared({}, program).OTEL_SERVICE_NAME).toBe('meander-intake');
    for (const attributes of ['service.name=mine', 'a=b, service%2Ename=mine'])
      expect(prepared({ OTEL_RESOURCE_ATTRIBUTES: attributes }, program)).not.toHaveProperty(
        'OTEL_SERVICE_NAME',
      );
    expect(prepared({ OTEL_RESOURCE_ATTRIBUTES: 'service.version=1' }, program).OTEL_SERVICE_NAME).toBe(
      'meander-intake',
    );
  });

  it('holds what a file holds only for as long as it is lent', () => {
    const name = 'OTEL_EXPORTER_OTLP_HEADERS';
    const env: NodeJS.ProcessEnv = { [`${name}_FILE`]: file('x-key=hemmelig\n') };
    const takeBack = lendSecrets(env);
    expect(env[name]).toBe('x-key=hemmelig');
    takeBack();
    expect(Object.keys(env)).toEqual([`${name}_FILE`]);
    expect(telemetryFaults(env)).toEqual([]);
  });
});
