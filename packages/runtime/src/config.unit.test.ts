import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, variable } from './config.ts';

const variables = {
  DATABASE_URL: variable.url('postgres').required(),
  PORT: variable.port(3001),
  LEVEL: variable.oneOf('info', 'info', 'debug'),
  PROXIES: variable.list((entry) => /^\d/.test(entry), 'an address'),
};

interface Example {
  DATABASE_URL: string;
  PORT: number;
  LEVEL: string;
  PROXIES: string[];
}

const load = (env: Record<string, string>) => loadConfig<Example>(variables, env);

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
  }
  return [];
}

describe('configuration', () => {
  it('converts what is given and fills in the defaults', () => {
    expect(load({ DATABASE_URL: 'postgres://db/x', PORT: '8080', PROXIES: '10.0.0.1, 10.0.0.2' })).toEqual({
      DATABASE_URL: 'postgres://db/x',
      PORT: 8080,
      LEVEL: 'info',
      PROXIES: ['10.0.0.1', '10.0.0.2'],
    });
  });

  it('takes an empty variable as left out', () => {
    expect(load({ DATABASE_URL: 'postgres://db/x', PORT: '' }).PORT).toBe(3001);
  });

  it('lists every fault at once', () => {
    const faults = faultsOf({ PORT: 'x', LEVEL: 'loud', PROXIES: '10.0.0.1,me' });
    expect(faults).toHaveLength(4);
    for (const name of ['DATABASE_URL', 'PORT', 'LEVEL', 'PROXIES']) {
      expect(faults.some((fault) => fault.startsWith(name))).toBe(true);
    }
  });

  it('never repeats a value: it may be a secret', () => {
    expect(faultsOf({ DATABASE_URL: 'mysql://user:hemmelig@db' }).join()).not.toContain('hemmelig');
  });

  it('reads a secret from the file that NAME_FILE names', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'meander-')), 'url');
    writeFileSync(file, 'postgres://from/file\n');
    expect(load({ DATABASE_URL_FILE: file }).DATABASE_URL).toBe('postgres://from/file');
    expect(faultsOf({ DATABASE_URL_FILE: file, DATABASE_URL: 'postgres://db/x' })).toEqual([
      'DATABASE_URL and DATABASE_URL_FILE are both set: keep one of them',
    ]);
    expect(faultsOf({ DATABASE_URL_FILE: '/no/such/file' })).toEqual([
      'DATABASE_URL_FILE names a file that cannot be read',
    ]);
  });
});
