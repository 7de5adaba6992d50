import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as a service sent it, with the service's name. */
export interface ReceivedSpan {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  /** OTLP's numbers: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  attributes: Record<string, unknown>;
  links: { traceId: string; spanId: string }[];
}

export interface OtlpReceiver {
  spans: ReceivedSpan[];
  /** Names of the metrics that arrived, as `service metric`. */
  metrics: Set<string>;
  /** Everything that arrived, as text, to search for what must not be in it. */
  received: string[];
  /** The variables that make a service send its traces and metrics here soon. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

interface OtlpAttribute {
  key: string;
  value: Record<string, unknown>;
}

const attributesOf = (list: OtlpAttribute[] = []) =>
  Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));

function readSpans(body: string): ReceivedSpan[] {
  const { resourceSpans = [] } = JSON.parse(body);
  return resourceSpans.flatMap(
    ({
      resource,
      scopeSpans,
    }: {
      resource: { attributes: OtlpAttribute[] };
      scopeSpans: { spans: object[] }[];
    }) => {
      const service = String(attributesOf(resource.attributes)['service.name']);
      return scopeSpans
        .flatMap(
          ({ spans }) =>
            spans as (ReceivedSpan & { attributes: OtlpAttribute[] & Record<string, unknown> })[],
        )
        .map((span) => ({
          ...span,
          service,
          parentSpanId: span.parentSpanId ?? '',
          attributes: attributesOf(span.attributes),
          links: span.links ?? [],
        }));
    },
  );
}

interface OtlpMetrics {
  resource: { attributes: OtlpAttribute[] };
  scopeMetrics: { metrics: { name: string }[] }[];
}

function readMetricNames(body: string): string[] {
  const { resourceMetrics = [] } = JSON.parse(body) as { resourceMetrics?: OtlpMetrics[] };
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) => {
    const service = String(attributesOf(resource.attributes)['service.name']);
    return scopeMetrics.flatMap(({ metrics }) => metrics.map(({ name }) => `${service} ${name}`));
  });
}

/** A receiver of OTLP over HTTP in JSON, which is what the services are told to speak in tests. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const metrics = new Set<string>();
  const received: string[] = [];
  const server = createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    req.on('end', () => {
      received.push(body);
      if (req.url === '/v1/traces') spans.push(...readSpans(body));
      if (req.url === '/v1/metrics') for (const name of readMetricNames(body)) metrics.add(name);
      res.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    spans,
    metrics,
    received,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_METRIC_EXPORT_INTERVAL: '500',
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
