import { readdirSync } from 'node:fs';
import { parse } from 'yaml';
import { read } from './compose-file.ts';

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
const filesIn = (path: string) =>
  readdirSync(new URL(`../../${path}`, import.meta.url)).map((file) => read(`${path}/${file}`));

export const rules = filesIn(`${folder}/prometheus/rules`).flatMap((text) =>
  (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules),
);
export const dashboards = filesIn(`${folder}/grafana/dashboards`).map(
  (text) => JSON.parse(text) as { uid: string; title: string; panels: Panel[] },
);
export const panels = dashboards.flatMap((dashboard) =>
  dashboard.panels.map((panel) => ({ ...panel, title: `${dashboard.title}: ${panel.title}` })),
);

/** The names that rules give to what they compute. */
export const recorded = new Set(rules.flatMap(({ record }) => record ?? []));

/** Every expression that a rule or a panel has. */
export const expressions = [
  ...rules.map(({ record, alert, expr }) => ({ where: record ?? alert ?? '', expr })),
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, expr }))),
];

/** What others than our services give: by whom, and seen to be so where it says. */
export const foreign = new Set([
  // Prometheus itself.
  'up',
  'ALERTS',
  // The collector's httpcheck receiver, by its documentation.
  'httpcheck_status',
  // Prometheus' blackbox exporter, by its documentation, where somebody runs one.
  'probe_ssl_earliest_cert_expiry',
  // RabbitMQ's own endpoints, as a server answered them.
  'rabbitmq_connections',
  'rabbitmq_consumers',
  'rabbitmq_alarms_memory_used_watermark',
  'rabbitmq_alarms_free_disk_space_watermark',
  'rabbitmq_detailed_queue_consumers',
  'rabbitmq_detailed_queue_messages_ready',
  'rabbitmq_detailed_queue_messages_unacked',
]);
