import { generateKeyPairSync } from 'node:crypto';
import { ConfigError } from '@meander/runtime';
import { describe, expect, it } from 'vitest';
import { loadNotificationConfig } from './config.ts';

const needed = {
  DATABASE_URL: 'postgres://127.0.0.1/x',
  AMQP_URL: 'amqp://127.0.0.1',
  SMTP_URL: 'smtp://127.0.0.1:1025',
};

const pem = (bits: number) =>
  generateKeyPairSync('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    loadNotificationConfig({ ...needed, ...env });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('the configuration of notification', () => {
  it('takes a sender with a name, and Norwegian for sales', () => {
    const config = loadNotificationConfig({ ...needed, MAIL_FROM: 'Meander Salg <post@meander.example>' });
    expect(config.MAIL_FROM).toEqual({ name: 'Meander Salg', address: 'post@meander.example' });
    expect([config.SALES_LOCALE, config.PREVIEW]).toEqual(['nb', '0']);
    expect(loadNotificationConfig(needed).MAIL_FROM.address).toBe('no-reply@meander.example');
  });

  it('takes a DKIM key, also with its line breaks written out', () => {
    const key = pem(1024);
    const env = { DKIM_DOMAIN: 'meander.example', DKIM_SELECTOR: 'm1' };
    expect(faultsOf({ ...env, DKIM_PRIVATE_KEY: key })).toEqual([]);
    const config = loadNotificationConfig({
      ...needed,
      ...env,
      DKIM_PRIVATE_KEY: key.replaceAll('\n', '\\n'),
    });
    expect(config.DKIM_PRIVATE_KEY).toBe(key);
  });

  it('tells every fault at once, and repeats no value', () => {
    const faults = faultsOf({
      SMTP_URL: 'http://hemmelig',
      MAIL_FROM: 'a@example.no, b@example.no',
      SALES_EMAIL: 'hemmelig',
      SALES_LOCALE: 'sv',
      DKIM_DOMAIN: 'meander.example',
      DKIM_PRIVATE_KEY: 'hemmelig',
      PREVIEW: 'yes',
    });
    const names = faults.map((fault) => /^\w+/.exec(fault)?.[0]);
    expect(new Set(names)).toEqual(
      new Set([
        'SMTP_URL',
        'MAIL_FROM',
        'SALES_EMAIL',
        'SALES_LOCALE',
        'DKIM_SELECTOR',
        'DKIM_PRIVATE_KEY',
        'PREVIEW',
      ]),
    );
    expect(faults.join()).not.toContain('hemmelig');
  });

  it.each(['DKIM_DOMAIN', 'DKIM_SELECTOR', 'DKIM_PRIVATE_KEY'])('does not take %s alone', (name) => {
    const value = name === 'DKIM_PRIVATE_KEY' ? pem(1024) : 'meander.example';
    expect(faultsOf({ [name]: value })).toHaveLength(2);
  });

  it('refuses a key that verifiers refuse', () => {
    const env = { DKIM_DOMAIN: 'meander.example', DKIM_SELECTOR: 'm1' };
    expect(faultsOf({ ...env, DKIM_PRIVATE_KEY: pem(512) })).toHaveLength(1);
  });
});
