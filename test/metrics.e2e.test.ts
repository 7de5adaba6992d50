import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { startServiceProcess } from '@meander/local/service-process';
import { gaugeNames, labels, metricNames } from '@meander/telemetry';
import {
  bookingBody,
  freePort,
  metricValue,
  type Sample,
  type ServiceHandle,
  scrape,
  waitUntil,
} from '@meander/testing';
import { connect } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metricsOf } from '../deploy/observability/metrics-of.ts';
import { expressions, foreign, recorded } from './deploy/rules-and-dashboards.ts';
import { type Product, startProduct } from './product.ts';

let product: Product;
let services: Product['services'];

beforeAll(async () => {
  // The canary needs to know where intake is before it listens.
  const port = String(await freePort());
  product = await startProduct({
    INTAKE_PORT: port,
    PUBLIC_BASE_URL: `http://127.0.0.1:${port}`,
    CANARY_INTERVAL_SECONDS: '86400',
  });
  services = product.services;
});

afterAll(() => product?.stop());

const book = (clientAddress: string) => product.book(bookingBody(), { 'x-forwarded-for': clientAddress });

const everySample = async (): Promise<Sample[]> =>
  (await Promise.all(Object.values(services).map(scrape))).flat();

/** Waits until a service says so of itself, and gives the value. */
const until = (
  service: ServiceHandle,
  name: string,
  series: Record<string, string>,
  is: (value: number) => boolean,
) =>
  waitUntil(`${name} ${JSON.stringify(series)} is as expected`, async () => {
    const value = metricValue(await scrape(service), name, series);
    return value !== undefined && is(value) ? { value } : undefined;
  });

/** A metric's own name as Prometheus knows it: what the exporter and the unit put behind it is taken away. */
const bareName = (name: string) =>
  name.replace(/_(bucket|count|sum|total)$/, '').replace(/_(seconds|bytes|ratio)$/, '');
const exposedAs = (name: string) => name.replaceAll('.', '_');

describe('/metrics', () => {
  it('OBS-09 has one series a route and status, whatever ids were asked for', async () => {
    for (let i = 0; i < 200; i += 1) await product.sales(`/leads/${randomUUID()}`);
    const samples = await scrape(services.pipeline);
    const requests = samples.filter(({ name }) => name === 'http_server_request_duration_seconds_count');
    expect(
      requests.map(({ labels: { http_route, http_response_status_code }, value }) => [
        http_route,
        http_response_status_code,
        value,
      ]),
    ).toEqual([['/leads/:id', '404', 200]]);
    expect(requests[0]?.labels).toEqual({
      http_request_method: 'GET',
      http_response_status_code: '404',
      http_route: '/leads/:id',
      url_scheme: 'http',
    });
  });

  it('follows a booking from the form to the mailbox and on to sales', async () => {
    const address = '203.0.113.7';
    for (let attempt = 0; attempt < 5; attempt += 1) expect((await book(address)).status).toBe(202);
    expect((await book(address)).status).toBe(429);
    const { intake, notification, pipeline } = services;
    await until(intake, 'meander_submissions_total', { outcome: 'accepted' }, (value) => value === 5);
    await until(intake, 'meander_submissions_total', { outcome: 'rate_limited' }, (value) => value === 1);
    await until(
      notification,
      'meander_submission_to_sent_duration_seconds_bucket',
      { le: '60' },
      (value) => value === 5,
    );
    await until(notification, 'meander_deliveries_total', { state: 'sent' }, (value) => value === 5);
    await until(notification, 'messaging_process_duration_seconds_count', {}, (value) => value >= 5);

    const lead = await product.stack.db('leads').first('id');
    const move = { method: 'POST', body: JSON.stringify({ to: 'qualified' }) };
    expect((await product.sales(`/leads/${lead.id}/transitions`, move)).status).toBe(200);
    await until(
      pipeline,
      'meander_transitions_total',
      { from: 'new', to: 'qualified' },
      (value) => value === 1,
    );
    await until(pipeline, 'meander_first_response_duration_seconds_count', {}, (value) => value === 1);
    await waitUntil('two events of each booking are published, whichever relay did', async () => {
      const published = (await everySample()).filter(({ name }) => name === 'meander_outbox_published_total');
      return published.reduce((sum, { value }) => sum + value, 0) >= 10;
    });
    const samples = await everySample();
    expect(samples.filter(({ name, value }) => name === 'meander_relay_active' && value === 1)).toHaveLength(
      1,
    );
    for (const connection of ['publish', 'consume'])
      expect(metricValue(await scrape(notification), 'meander_broker_connection_up', { connection })).toBe(1);
    const queue = { queue: 'notification:lead:confirm' };
    await until(notification, 'meander_queue_consumers', queue, (value) => value === 1);
    expect(metricValue(samples, 'meander_api_key_next_expiry_seconds')).toBeGreaterThan(Date.now() / 1000);
  });

  it('shows how busy each process and its pool are', async () => {
    for (const service of Object.values(services)) {
      await until(service, 'nodejs_eventloop_delay_p99_seconds', {}, (value) => value > 0 && value < 5);
      const samples = await scrape(service);
      expect(metricValue(samples, 'db_client_connection_max')).toBe(10);
      for (const db_client_connection_state of ['used', 'idle'])
        expect(
          metricValue(samples, 'db_client_connection_count', { db_client_connection_state }),
        ).toBeGreaterThanOrEqual(0);
      await until(service, 'db_client_connection_pending_requests', {}, (value) => value === 0);
      expect(metricValue(samples, 'db_client_connection_wait_time_seconds_count')).toBeGreaterThan(0);
      expect(metricValue(samples, 'process_memory_usage_bytes')).toBeGreaterThan(1e6);
    }
  });

  it('has every name of the registry, in the docs as well, and no other of ours', async () => {
    const registered = [...Object.values(metricNames), ...Object.values(gaugeNames)].sort();
    const samples = (await everySample()).filter(({ name }) => name.startsWith('meander_'));
    expect([...new Set(samples.map(({ name }) => bareName(name)))].sort()).toEqual(
      registered.map(exposedAs).sort(),
    );
    const docs = readFileSync(new URL('../docs/metrics.md', import.meta.url), 'utf8');
    const explained = [...docs.matchAll(/^\| `(meander\.[a-z_.]+)`/gm)].map(([, name]) => name);
    expect(explained.sort()).toEqual(registered);
    const used = samples.flatMap((sample) => Object.keys(sample.labels)).filter((name) => name !== 'le');
    expect([...new Set(used)].sort()).toEqual([...labels]);
  });

  it('has all that the rules and the dashboards read', async () => {
    const exposed = new Set((await everySample()).map(({ name }) => name));
    const unknown = expressions.flatMap(({ where, expr }) =>
      metricsOf(expr)
        .filter((name) => !exposed.has(name) && !recorded.has(name) && !foreign.has(name))
        .map((name) => `${where}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('tells the collector the same, at the same time', async () => {
    await waitUntil('every metric of the registry has arrived by OTLP', () => {
      const arrived = [...product.otlp.metrics].map((line) => line.split(' ')[1]);
      return [
        ...Object.values(metricNames),
        ...Object.values(gaugeNames),
        'http.server.request.duration',
      ].every((name) => arrived.includes(name));
    });
  });

  it('answers nothing else, and not on the public port', async () => {
    const { metricsUrl, url } = services.intake;
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    expect((await fetch(metricsUrl.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(metricsUrl, { method: 'POST' })).status).toBe(405);
  });
});

describe('OBS-13', () => {
  it('the age of the oldest event rises while no relay works, and falls when one does', async () => {
    const held = await product.holdRelays();
    try {
      for (let i = 0; i < 5; i += 1) expect((await book(`198.51.100.${i}`)).status).toBe(202);
      // Each service tells the same, the one that wrote the events and those that did not.
      for (const service of Object.values(services)) {
        await until(service, 'meander_outbox_unpublished', {}, (value) => value === 5);
        const { value: before } = await until(
          service,
          'meander_outbox_oldest_age_seconds',
          {},
          (value) => value > 0,
        );
        await until(service, 'meander_outbox_oldest_age_seconds', {}, (value) => value > before);
        await until(service, 'meander_relay_active', {}, (value) => value === 0);
      }
    } finally {
      await held.release();
    }
    for (const service of Object.values(services)) {
      await until(service, 'meander_outbox_unpublished', {}, (value) => value === 0);
      await until(service, 'meander_outbox_oldest_age_seconds', {}, (value) => value === 0);
    }
  });

  it('a dead letter is counted and waits in its queue, until somebody clears it', async () => {
    const { notification } = services;
    const connection = await connect(product.stack.amqpUrl);
    const channel = await connection.createConfirmChannel();
    channel.publish(`${product.stack.namePrefix}meander.leads`, 'lead.created', Buffer.from('poison'));
    await channel.waitForConfirms();
    await until(notification, 'meander_dead_letters_total', { reason: 'not-json' }, (value) => value === 1);
    const dead = { queue: 'meander.dead' };
    await until(notification, 'meander_queue_messages', dead, (value) => value > 0);
    await channel.purgeQueue(`${product.stack.namePrefix}meander.dead`);
    await until(notification, 'meander_queue_messages', dead, (value) => value === 0);
    await connection.close();
  });
});

describe('a taken metrics port', () => {
  it('is one clear line, and the service does not start', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    const port = await waitUntil('the port is taken', () => {
      const address = taken.address();
      return typeof address === 'object' && address?.port;
    });
    const lines: string[] = [];
    const env = { ...process.env, ...product.stack.env, INTAKE_METRICS_PORT: String(port) };
    const { ended } = startServiceProcess('intake', 0, env, (_name, text) => lines.push(text));
    expect(await ended).toBe('intake ended (exit code 1)');
    expect(lines).toEqual([
      `Port ${port} on 127.0.0.1 is already taken. Stop what uses it, or set INTAKE_METRICS_PORT to another port.`,
    ]);
    taken.close();
  });
});
