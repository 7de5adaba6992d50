import { readdirSync } from 'node:fs';
import { metricNames } from '@meander/telemetry';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compose, read, serviceNames } from './compose-file.ts';
import { declaredInstruments, type Instrument, metricsOf, prometheusNames } from './prometheus-names.ts';

interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  annotations?: { summary?: string };
}

interface Panel {
  title: string;
  description?: string;
  datasource: { uid: string };
  targets: { expr: string }[];
}

const folder = 'deploy/observability';
const rules = readdirSync(new URL(`../../${folder}/prometheus/rules`, import.meta.url)).flatMap((file) =>
  (parse(read(`${folder}/prometheus/rules/${file}`)) as { groups: { rules: Rule[] }[] }).groups.flatMap(
    (group) => group.rules,
  ),
);
const dashboard = JSON.parse(read(`${folder}/grafana/dashboards/overview.json`)) as { panels: Panel[] };
const collector = parse(read(`${folder}/collector.yaml`));
const prometheus = parse(read(`${folder}/prometheus/prometheus.yml`)) as {
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
};

/** What others than our own code give: by whom, and seen to be so where it says. */
const foreign = new Set([
  // Prometheus itself.
  'up',
  'ALERTS',
  // The collector's httpcheck receiver, by its documentation.
  'httpcheck_status',
  // OpenTelemetry's instrumentation of pg, as the services sent it.
  'db_client_operation_duration_seconds_bucket',
  // RabbitMQ's own endpoints, as a server answered them.
  'rabbitmq_connections',
  'rabbitmq_consumers',
  'rabbitmq_alarms_memory_used_watermark',
  'rabbitmq_alarms_free_disk_space_watermark',
  'rabbitmq_detailed_queue_consumers',
  'rabbitmq_detailed_queue_messages',
  'rabbitmq_detailed_queue_messages_ready',
  'rabbitmq_detailed_queue_messages_unacked',
]);

const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
const expressions = [
  ...rules.map(({ record, alert, expr }) => ({ where: record ?? alert ?? '', expr })),
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, expr }))),
];

let own: Set<string>;
beforeAll(async () => {
  const instruments = await declaredInstruments();
  const registered: readonly string[] = Object.values(metricNames);
  expect(instruments.map(({ name }) => name).filter((name) => !registered.includes(name))).toEqual([]);
  const made = new Set(instruments.map(({ name }) => name));
  // What is made elsewhere, and later, is a gauge: a number that is read when it is asked for.
  const later = registered
    .filter((name) => !made.has(name))
    .map((name) => ({ name, kind: 'gauge', unit: '' }));
  own = new Set([...instruments, ...(later as Instrument[])].flatMap(prometheusNames));
});

describe('reading an expression', () => {
  it('finds metrics among functions, labels, durations and words', () => {
    const text = `histogram_quantile(0.95, sum by (le, job) (rate(a_bucket{x="b_total"}[5m])))
      / on (job) group_left (y) c:d:e offset 5m unless max(up) > 1e3`;
    expect(metricsOf(text)).toEqual(['a_bucket', 'c:d:e', 'up']);
  });
});

describe('rules and dashboard', () => {
  it('read only metrics that somebody gives', () => {
    const unknown = expressions.flatMap(({ where, expr }) =>
      metricsOf(expr)
        .filter((name) => !own.has(name) && !recorded.has(name) && !foreign.has(name))
        .map((name) => `${where}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('record nothing that nobody reads', () => {
    const used = new Set(expressions.flatMap(({ expr }) => metricsOf(expr)));
    expect([...recorded].filter((name) => !used.has(name))).toEqual([]);
  });

  it('say what each alert and each panel is about', () => {
    for (const { alert, annotations } of rules) if (alert) expect(annotations?.summary, alert).toBeTruthy();
    for (const { title, description } of dashboard.panels) expect(description, title).toBeTruthy();
  });
});

describe('who asks whom', () => {
  /** `host:port` in a text, for every host that is a part of the compose file. */
  const addresses = (text: string) =>
    [...text.matchAll(/(?:^|[\s"'[/@])([a-z][a-z-]*):(\d{2,5})\b/gm)].map(([, host = '', port = '']) => ({
      host,
      port,
    }));

  it('names only parts that the compose file has', () => {
    const files = [
      'collector.yaml',
      'prometheus/prometheus.yml',
      'grafana/provisioning/datasources/datasources.yml',
    ];
    const found = files.flatMap((file) => addresses(read(`${folder}/${file}`)));
    expect(found.length).toBeGreaterThan(5);
    for (const { host } of found)
      expect([...Object.keys(compose.services), 'localhost'], `the host ${host}`).toContain(host);
  });

  it('lets the collector listen where the services send, and Prometheus look where it shows', () => {
    const endpoint = compose.services.intake?.environment?.OTEL_EXPORTER_OTLP_ENDPOINT;
    const { port } = new URL(endpoint ?? '');
    expect(collector.receivers.otlp.protocols.http.endpoint).toBe(`0.0.0.0:${port}`);
    const targets = prometheus.scrape_configs.flatMap((job) =>
      job.static_configs.flatMap((one) => one.targets),
    );
    expect(targets).toContain(`otel-collector:${collector.exporters.prometheus.endpoint.split(':')[1]}`);
  });

  it('asks every service for its readiness, at the port of the compose file', () => {
    const asked = collector.receivers.httpcheck.targets.flatMap(
      (target: { endpoints: string[] }) => target.endpoints,
    );
    const expected = serviceNames.map((name) => {
      const port = compose.services[name]?.environment?.[`${name.toUpperCase()}_PORT`];
      return `http://${name}:${port}/readyz`;
    });
    expect(asked).toEqual(expected);
  });

  it('uses in its pipelines what it declares, and limits memory first', () => {
    for (const pipeline of Object.values(collector.service.pipelines) as Record<string, string[]>[]) {
      for (const kind of ['receivers', 'processors', 'exporters'])
        for (const name of pipeline[kind] ?? []) expect(collector[kind]).toHaveProperty([name]);
      expect(pipeline.processors?.[0]).toBe('memory_limiter');
    }
  });

  it('gives each panel a source that is provisioned', () => {
    const { datasources } = parse(read(`${folder}/grafana/provisioning/datasources/datasources.yml`)) as {
      datasources: { uid: string }[];
    };
    const uids = datasources.map(({ uid }) => uid);
    for (const { title, datasource } of dashboard.panels) expect(uids, title).toContain(datasource.uid);
  });
});
