/** What one panel shows: an expression, and what its series are called. */
export type Query = readonly [expr: string, legend: string];

export interface PanelSpec {
  title: string;
  /** Says what is counted, and what it means where that is not plain. */
  description: string;
  kind: 'stat' | 'timeseries' | 'bars' | 'table';
  /** Grafana's unit: `s`, `ops`, `short`, `percentunit`, `bytes`, `dateTimeFromNow`. */
  unit?: string;
  /** Of the 24 columns of the page. */
  width?: number;
  /** From which value on a number is amber and red; red below it where `low` is set. */
  limits?: { amber?: number; red: number; low?: true };
  queries: readonly Query[];
}

export interface DashboardSpec {
  uid: string;
  title: string;
  panels: readonly PanelSpec[];
}

const datasource = { type: 'prometheus', uid: 'prometheus' };

function thresholds(limits: PanelSpec['limits']) {
  if (!limits) return { mode: 'absolute', steps: [{ color: 'text', value: null }] };
  const { amber, red, low } = limits;
  const steps = low
    ? [
        { color: 'red', value: null },
        { color: 'green', value: red },
      ]
    : [
        { color: 'green', value: null },
        ...(amber === undefined ? [] : [{ color: 'orange', value: amber }]),
        { color: 'red', value: red },
      ];
  return { mode: 'absolute', steps };
}

function options(kind: PanelSpec['kind']) {
  if (kind === 'table') return { showHeader: true };
  if (kind === 'stat') {
    return {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: 'value',
      graphMode: 'area',
      textMode: 'auto',
      orientation: 'auto',
      justifyMode: 'auto',
    };
  }
  return {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  };
}

function custom(kind: PanelSpec['kind']) {
  if (kind === 'bars')
    return { drawStyle: 'bars', lineWidth: 0, fillOpacity: 80, stacking: { mode: 'normal', group: 'A' } };
  if (kind === 'timeseries')
    return { drawStyle: 'line', lineWidth: 1, fillOpacity: 10, showPoints: 'never', spanNulls: false };
  return {};
}

function panel(spec: PanelSpec, id: number, gridPos: object) {
  const { title, description, kind, unit = 'short', limits, queries } = spec;
  return {
    id,
    type: kind === 'bars' ? 'timeseries' : kind,
    title,
    description,
    datasource,
    gridPos,
    targets: queries.map(([expr, legendFormat], at) => ({
      refId: String.fromCharCode(65 + at),
      datasource,
      expr,
      legendFormat,
      ...(kind === 'table' ? { instant: true, format: 'table' } : {}),
    })),
    fieldConfig: {
      defaults: { custom: custom(kind), unit, min: 0, thresholds: thresholds(limits), color: color(spec) },
      overrides: [],
    },
    options: options(kind),
  };
}

const color = ({ kind }: PanelSpec) => ({ mode: kind === 'stat' ? 'thresholds' : 'palette-classic' });

const tools = [
  { title: 'Traces', url: 'http://localhost:16686/search?service=meander-intake', tooltip: 'Jaeger' },
  { title: 'Alerts', url: 'http://localhost:9090/alerts', tooltip: 'Prometheus' },
];

/** A whole dashboard as Grafana reads it: panels flow from left to right, each row as high as its kind. */
export function dashboard({ uid, title, panels }: DashboardSpec) {
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  const placed = panels.map((spec, at) => {
    const w = spec.width ?? (spec.kind === 'stat' ? 4 : 12);
    const h = spec.kind === 'stat' ? 4 : 8;
    if (x + w > 24) {
      x = 0;
      y += rowHeight;
      rowHeight = 0;
    }
    const gridPos = { x, y, w, h };
    x += w;
    rowHeight = Math.max(rowHeight, h);
    return panel(spec, at + 1, gridPos);
  });
  return {
    uid,
    title: `Meander Leads: ${title}`,
    tags: ['meander'],
    timezone: 'browser',
    schemaVersion: 39,
    version: 1,
    editable: false,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: { list: [] },
    annotations: { list: [] },
    links: [
      { type: 'dashboards', title: 'Meander Leads', tags: ['meander'], asDropdown: false, keepTime: true },
      ...tools.map((tool) => ({ type: 'link', icon: 'external link', targetBlank: true, ...tool })),
    ],
    panels: placed,
  };
}
