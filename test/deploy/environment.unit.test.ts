import { variables as doctor } from '@meander/doctor/config';
import { telemetryFaults, telemetrySecrets, telemetrySettings } from '@meander/telemetry';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../deploy/local/settings.ts';
import { compose, interpolatedNames, read, serviceNames, serviceVariables } from './compose-file.ts';

/** `#NAME=default` below one line that explains it. */
const entries = [...read('.env.example').matchAll(/^# (.+)\n#([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
  ([, comment = '', name = '', value = '']) => ({ comment, name, value }),
);
const listed = entries.map(({ name }) => name);

/** The variables of `npm start`, told by what it asks an environment for. */
function localNames(): string[] {
  const asked = new Set<string>();
  const spy = new Proxy({}, { get: (_target, name) => void asked.add(String(name)) });
  loadSettings(spy as NodeJS.ProcessEnv);
  return [...asked].filter((name) => !name.endsWith('_FILE'));
}

const schemas = Object.assign({}, doctor, ...serviceNames.map((name) => serviceVariables[name])) as Record<
  string,
  { describe(): { flags?: { default?: unknown } } }
>;

/** A default as somebody would write it into the file: a mailbox is `Name <address>`. */
function written(fallback: unknown): string {
  const { name, address } = Object(fallback) as { name?: string; address?: string };
  return name !== undefined && address !== undefined ? `${name} <${address}>` : String(fallback);
}

describe('.env.example', () => {
  it('lists every variable of every service, of the doctor, of npm start and of the compose file, and no other', () => {
    const known = new Set([
      ...Object.keys(schemas),
      ...localNames(),
      ...Object.keys(doctor),
      ...interpolatedNames(),
      ...Object.keys(telemetrySettings),
    ]);
    expect([...listed].sort()).toEqual([...known].sort());
  });

  it('shows values of telemetry that it takes, and none of its own as a fault', () => {
    const shown = entries.filter(({ name, value }) => name.startsWith('OTEL_') && value !== '');
    expect(telemetryFaults(Object.fromEntries(shown.map(({ name, value }) => [name, value])))).toEqual([]);
  });

  it('explains each in one line, and sets none', () => {
    const text = read('.env.example');
    expect([...text.matchAll(/^#[A-Z][A-Z0-9_]*=/gm)]).toHaveLength(entries.length);
    expect(text.match(/^[^#\n].*$/gm)).toBeNull();
  });

  it('shows the default that the code has', () => {
    const local = loadSettings({}) as unknown as Record<string, unknown>;
    for (const { name, value } of entries) {
      if (name === 'MEANDER_LOCAL_DIR' || name.startsWith('OTEL_')) continue;
      const fallback = schemas[name]?.describe().flags?.default ?? local[name] ?? '';
      expect(value, `the default of ${name}`).toBe(written(fallback));
    }
  });

  it('calls a secret what the compose file gives by a file, and what telemetry takes from one', () => {
    const byFile = serviceNames.flatMap((name) =>
      Object.keys(compose.services[name]?.environment ?? {}).filter((variable) => variable.endsWith('_FILE')),
    );
    expect(byFile.length).toBeGreaterThan(0);
    for (const variable of new Set([...byFile, ...telemetrySecrets.map((name) => `${name}_FILE`)])) {
      const entry = entries.find(({ name }) => `${name}_FILE` === variable);
      expect(entry?.comment, variable).toMatch(/\bsecret\b/i);
    }
  });
});
