/** A span as the page shows it; times in milliseconds since 1970. */
export interface Span {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  /** OTLP's numbers: 2 is a server's. */
  kind: number;
  start: number;
  end: number;
  failed: boolean;
  attributes: Readonly<Record<string, string>>;
}

/** One series of a metric: its last value, or count and sum of a histogram. */
export interface Point {
  service: string;
  metric: string;
  labels: Readonly<Record<string, string>>;
  value: number;
  /** Of a histogram: how many values `value` is the sum of. */
  count?: number;
}

type Attributes = { key: string; value?: Record<string, unknown> }[];
interface Resource {
  resource?: { attributes?: Attributes };
}

function readAttributes(list: Attributes = []): Record<string, string> {
  return Object.fromEntries(list.map(({ key, value = {} }) => [key, String(Object.values(value)[0] ?? '')]));
}

const serviceOf = ({ resource }: Resource) =>
  (readAttributes(resource?.attributes)['service.name'] ?? '').replace(/^meander-/, '');

/** OTLP has nanoseconds as text; milliseconds with their fractions are enough to draw. */
const milliseconds = (nanoseconds: unknown) => Number(nanoseconds) / 1e6;

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status?: { code?: number };
  attributes?: Attributes;
}

/** The spans of a body of `/v1/traces`. Throws where it is none. */
export function readSpans(body: string): Span[] {
  const { resourceSpans = [] } = JSON.parse(body) as {
    resourceSpans?: (Resource & { scopeSpans: { spans: OtlpSpan[] }[] })[];
  };
  return resourceSpans.flatMap((one) =>
    one.scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        service: serviceOf(one),
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        name: span.name,
        kind: span.kind,
        start: milliseconds(span.startTimeUnixNano),
        end: milliseconds(span.endTimeUnixNano),
        failed: span.status?.code === 2,
        attributes: readAttributes(span.attributes),
      })),
  );
}

interface OtlpPoint {
  attributes?: Attributes;
  asInt?: string | number;
  asDouble?: number;
  count?: string | number;
  sum?: number;
}
type OtlpMetric = { name: string } & Partial<
  Record<'sum' | 'gauge' | 'histogram', { dataPoints: OtlpPoint[] }>
>;

/** The series of a body of `/v1/metrics`. Throws where it is none. */
export function readPoints(body: string): Point[] {
  const { resourceMetrics = [] } = JSON.parse(body) as {
    resourceMetrics?: (Resource & { scopeMetrics: { metrics: OtlpMetric[] }[] })[];
  };
  return resourceMetrics.flatMap((one) =>
    one.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .flatMap(({ name, sum, gauge, histogram }) =>
        (sum ?? gauge ?? histogram ?? { dataPoints: [] }).dataPoints.map((point) => ({
          service: serviceOf(one),
          metric: name,
          labels: readAttributes(point.attributes),
          value: Number(histogram ? (point.sum ?? 0) : (point.asDouble ?? point.asInt ?? 0)),
          ...(histogram ? { count: Number(point.count ?? 0) } : {}),
        })),
      ),
  );
}
