import { vi } from 'vitest';

export interface Instrument {
  name: string;
  kind: 'counter' | 'histogram' | 'gauge';
  unit: string;
}

/** Every instrument that the telemetry package makes, told by what it asks the meter for. */
export async function declaredInstruments(): Promise<Instrument[]> {
  const instruments: Instrument[] = [];
  const make =
    (kind: Instrument['kind']) =>
    (name: string, { unit = '' }: { unit?: string } = {}) => {
      instruments.push({ name, kind, unit });
      return { add() {}, record() {}, addCallback() {} };
    };
  const meter = {
    createCounter: make('counter'),
    createObservableCounter: make('counter'),
    createHistogram: make('histogram'),
    createGauge: make('gauge'),
    createObservableGauge: make('gauge'),
    createUpDownCounter: make('gauge'),
    createObservableUpDownCounter: make('gauge'),
    addBatchObservableCallback() {},
  };
  vi.resetModules();
  vi.doMock('@opentelemetry/api', async (original) => ({
    ...(await original<object>()),
    metrics: { getMeter: () => meter },
  }));
  await import('@meander/telemetry');
  vi.doUnmock('@opentelemetry/api');
  return instruments;
}

const units: Record<string, string> = { s: '_seconds', ms: '_milliseconds', By: '_bytes' };

/** What the collector makes of an instrument's name for Prometheus (UnderscoreEscapingWithSuffixes). */
export function prometheusNames({ name, kind, unit }: Instrument): string[] {
  const suffix = units[unit] ?? (kind === 'gauge' && unit === '1' ? '_ratio' : '');
  const plain = name.replace(/[^A-Za-z0-9_:]/g, '_');
  const base = plain.endsWith(suffix) ? plain : `${plain}${suffix}`;
  if (kind === 'counter') return [`${base}_total`];
  if (kind === 'histogram') return [`${base}_bucket`, `${base}_sum`, `${base}_count`];
  return [base];
}

const words = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);

/** The names of the metrics that a PromQL expression reads. */
export function metricsOf(expression: string): string[] {
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  const names = [...bare.matchAll(/(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])/g)].map(([name]) => name);
  return [...new Set(names.filter((name) => !words.has(name.toLowerCase())))];
}
