import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { metricsOf } from '../../observability/metrics-of.ts';

const folder = new URL('../../observability/prometheus/rules/', import.meta.url);
const target = new URL('../components/monitoring/rules.yaml', import.meta.url);

/** The namespace that both overlays use. */
const namespace = 'meander';

/**
 * In a cluster Prometheus has everybody's numbers, so an expression must ask for ours. What a rule of ours has
 * recorded is ours already; a probe of the public address runs in the namespace of whoever probes.
 */
const isShared = (metric: string) => !metric.includes(':') && !metric.startsWith('probe_');

/** `up == 0` → `up{namespace="meander"} == 0` */
export function within(expr: string): string {
  const shared = metricsOf(expr).filter(isShared);
  if (shared.length === 0) return expr;
  // What stands in quotes is a value.
  const found = new RegExp(`"(?:[^"\\\\]|\\\\.)*"|(?<![\\w:])(${shared.join('|')})(?![\\w:])(\\{)?`, 'g');
  return expr.replace(found, (text: string, metric?: string, brace?: string) => {
    if (metric === undefined) return text;
    return brace ? `${metric}{namespace="${namespace}", ` : `${metric}{namespace="${namespace}"}`;
  });
}

interface Group {
  name: string;
  rules: { expr: string }[];
}

const groups = readdirSync(folder)
  .sort()
  .flatMap((file) => (parse(readFileSync(new URL(file, folder), 'utf8')) as { groups: Group[] }).groups)
  .map(({ rules, ...group }) => ({
    ...group,
    rules: rules.map((rule) => ({ ...rule, expr: within(rule.expr) })),
  }));

/** The rules of deploy/observability as the Prometheus Operator takes them. */
export const built = `# Made from deploy/observability/prometheus/rules by deploy/kubernetes/source/rules.ts; change them there.
${stringify(
  {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'meander' },
    spec: { groups },
  },
  { lineWidth: 0 },
)}`;

/** `npx node deploy/kubernetes/source/rules.ts` writes them; a test tells when that was forgotten. */
if (import.meta.main) writeFileSync(target, built);
