import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { built } from '../../deploy/observability/grafana/source/build.ts';
import { metricsOf } from '../../deploy/observability/metrics-of.ts';
import { compose, read, serviceNames } from './compose-file.ts';
import { expressions, panels, recorded, rules } from './rules-and-dashboards.ts';

const folder = 'deploy/observability';
const collector = parse(read(`${folder}/collector.yaml`));
const prometheus = parse(read(`${folder}/prometheus/prometheus.yml`)) as {
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
};

describe('reading an expression', () => {
  it('finds metrics among functions, labels, durations and words', () => {
    const text = `histogram_quantile(0.95, sum by (le, job) (rate(a_bucket{x="b_total"}[5m])))
      / on (job) group_left (y) c:d:e offset 5m unless max(up) > 1e3`;
    expect(metricsOf(text)).toEqual(['a_bucket', 'c:d:e', 'up']);
  });
});

describe('rules and dashboards', () => {
  it('record nothing that nobody reads', () => {
    const used = new Set(expressions.flatMap(({ expr }) => metricsOf(expr)));
    expect([...recorded].filter((name) => !used.has(name))).toEqual([]);
  });

  it('are those that their sources build', () => {
    const path = 'deploy/observability/grafana/dashboards';
    expect(readdirSync(new URL(`../../${path}`, import.meta.url)).sort()).toEqual(Object.keys(built).sort());
    for (const [file, text] of Object.entries(built))
      expect(JSON.parse(read(`${path}/${file}`))).toEqual(JSON.parse(text));
  });

  it('say what each alert and each panel is about', () => {
    for (const { alert, annotations } of rules) if (alert) expect(annotations?.summary, alert).toBeTruthy();
    for (const { title, description } of panels) expect(description, title).toBeTruthy();
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
    for (const { title, datasource } of panels) expect(uids, title).toContain(datasource.uid);
  });
});
