import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { nodeArguments } from '@meander/runtime';
import { telemetryFaults } from '@meander/telemetry';
import { makeAuthority } from '@meander/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Runs a program as services are run, in this environment and no other. */
async function run(program: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [...nodeArguments, ...program], {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { out, err, code };
}

/** Makes a span, and says what context it hands on and which settings the process sees at its end. */
const spanning = [
  '--input-type=module',
  '--eval',
  `import { captureTraceContext, stopTelemetry, withSpan } from '@meander/telemetry';
   const carried = await withSpan('alone', {}, async () => captureTraceContext());
   await stopTelemetry();
   const settings = Object.keys(process.env).filter((name) => name.startsWith('OTEL_'));
   console.log(JSON.stringify({ carried, settings }));`,
];

let received: { url: string; headers: IncomingHttpHeaders; body: string }[];
let collector: string;
const server = createServer(async (req, res) => {
  received.push({ url: req.url ?? '', headers: req.headers, body: await text(req) });
  res.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  collector = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  received = [];
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

describe('telemetry', () => {
  it('takes an empty setting as left out, and a secret from a file', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'meander-')), 'headers');
    writeFileSync(file, 'x-api-key=hemmelig\n');
    const { out, err, code } = await run(spanning, {
      OTEL_EXPORTER_OTLP_ENDPOINT: '',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector}/v1/traces`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: '',
      OTEL_EXPORTER_OTLP_HEADERS_FILE: file,
      OTEL_TRACES_EXPORTER: '',
      OTEL_METRICS_EXPORTER: '',
      OTEL_PROPAGATORS: '',
      OTEL_SERVICE_NAME: '',
    });
    expect([code, err]).toEqual([0, '']);
    expect(received.map(({ url }) => url)).toEqual(['/v1/traces']);
    expect(received[0]?.headers['x-api-key']).toBe('hemmelig');
    expect(received[0]?.body).toContain('{"key":"service.name","value":{"stringValue":"meander"}}');
    const { carried, settings } = JSON.parse(out);
    expect(carried.traceparent).toMatch(/^00-/);
    expect(settings).toContain('OTEL_EXPORTER_OTLP_HEADERS_FILE');
    expect(settings).not.toContain('OTEL_EXPORTER_OTLP_HEADERS');
  });

  it('has the name of the service that an attribute gives', async () => {
    await run(spanning, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=mine',
      OTEL_METRICS_EXPORTER: 'none',
    });
    expect(received[0]?.body).toContain('{"key":"service.name","value":{"stringValue":"mine"}}');
  });

  it('stays off where a setting is wrong, and lets the program say so', async () => {
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: 'garbage url' };
    const { out, err, code } = await run(spanning, env);
    expect([code, err, received]).toEqual([0, '', []]);
    expect(JSON.parse(out).carried?.traceparent ?? null).toBeNull();
  });

  it('takes the files of certificates and keys only where they can be read and belong together', () => {
    const authority = makeAuthority();
    try {
      const [one, other] = [authority.issue('DNS:one'), authority.issue('DNS:other')];
      const told = (env: Record<string, string>) =>
        telemetryFaults(
          Object.fromEntries(
            Object.entries(env).map(([name, value]) => [`OTEL_EXPORTER_OTLP_${name}`, value]),
          ),
        );
      expect(
        told({ CERTIFICATE: authority.caFile, CLIENT_KEY: one.keyFile, CLIENT_CERTIFICATE: one.certFile }),
      ).toEqual([]);
      expect(told({ TRACES_CLIENT_KEY: one.keyFile, CLIENT_CERTIFICATE: one.certFile })).toHaveLength(1);
      expect(told({ CERTIFICATE: one.keyFile })).toHaveLength(1);
      expect(told({ CLIENT_KEY: one.certFile, CLIENT_CERTIFICATE: one.certFile })).toHaveLength(1);
      expect(told({ CLIENT_KEY: one.keyFile })).toHaveLength(1);
      expect(told({ CLIENT_CERTIFICATE: one.certFile })).toHaveLength(1);
      expect(told({ CLIENT_KEY: one.keyFile, CLIENT_CERTIFICATE: other.certFile })).toHaveLength(1);
    } finally {
      authority.remove();
    }
  });
});

describe('a service', () => {
  it('lists the faults of its telemetry with its own, and opens nothing', async () => {
    const { out, err, code } = await run(['services/intake/src/main.ts'], {
      DATABASE_URL: 'postgres://127.0.0.1:1/x',
      AMQP_URL: 'amqp://u:hemmelig@127.0.0.1:99999',
      REDIS_URL: 'redis://u:hemmelig@127.0.0.1:99999',
      INTAKE_PORT: '0',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'garbage url',
      OTEL_METRIC_EXPORT_INTERVAL: '99999999999',
    });
    expect([code, out]).toEqual([1, '']);
    expect(err.split('\n').map((line) => /^\s*\w+/.exec(line)?.[0].trim())).toEqual([
      'The',
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'OTEL_METRIC_EXPORT_INTERVAL',
      'AMQP_URL',
      'REDIS_URL',
      undefined,
    ]);
    expect(err).not.toMatch(/hemmelig|garbage/);
  });
});
