import { ConfigError } from '@meander/runtime';
import { describe, expect, it } from 'vitest';
import { checkSettings } from './check-settings.ts';

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    checkSettings(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}
const names = (env: Record<string, string>) => faultsOf(env).map((fault) => fault.split(/[ :]/)[0]);

describe('the settings of a local start', () => {
  it('need nothing', () => {
    expect(checkSettings({})).toMatchObject({ INTAKE_PORT: 3001, START_PORT: 3000 });
  });

  it('have the faults of all three services, each once', () => {
    const wrong = {
      TRUSTED_PROXIES: 'x',
      RATE_LIMIT_MAX: '0',
      MAIL_FROM: 'nope',
      TRANSITION_POLICY: 'zig',
      LOG_LEVEL: 'loud',
    };
    expect(names(wrong).sort()).toEqual(Object.keys(wrong).sort());
  });

  it('have them beside its own', () => {
    expect(
      names({ INTAKE_PORT: 'x', START_PORT: 'y', RATE_LIMIT_MAX: '0', DATABASE_URL: 'no' }).sort(),
    ).toEqual(['DATABASE_URL', 'INTAKE_PORT', 'RATE_LIMIT_MAX', 'START_PORT']);
  });

  it('give each its own port', () => {
    expect(faultsOf({ START_PORT: '41001', INTAKE_PORT: '41001' })).toEqual([
      'INTAKE_PORT and START_PORT are both 41001: each needs a port of its own',
    ]);
    expect(faultsOf({ BROKER_PORT: '1025' })).toEqual([
      'BROKER_PORT and MAIL_SMTP_PORT are both 1025: each needs a port of its own',
    ]);
    expect(faultsOf({ BROKER_PORT: '1025', SMTP_URL: 'smtp://mail.example' })).toEqual([]);
  });

  it('name the ports that are linked to, and let metrics be on any', () => {
    expect(names({ INTAKE_PORT: '0', MAIL_WEB_PORT: '0' })).toEqual(['INTAKE_PORT', 'MAIL_WEB_PORT']);
    expect(faultsOf({ INTAKE_METRICS_PORT: '0', PIPELINE_METRICS_PORT: '0' })).toEqual([]);
  });

  it('leave the address out that nothing here listens on', () => {
    expect(faultsOf({ HOST: 'not a host' })).toEqual([]);
  });
});
