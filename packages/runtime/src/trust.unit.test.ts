import { describe, expect, it } from 'vitest';
import { databaseFault } from './postgres.ts';
import { distrust } from './trust.ts';

const withCode = (code: string) => Object.assign(new Error('x'), { code });

describe('a server that cannot be trusted', () => {
  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', 'AMQP_CA_FILE'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'AMQP_CA_FILE'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'host in AMQP_URL'],
    ['CERT_HAS_EXPIRED', 'renew'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'port in AMQP_URL'],
  ])('is told with what to mend (%s), and is a database that is away', (code, mend) => {
    expect(distrust(withCode(code), 'broker', 'AMQP')).toContain(mend);
    expect(databaseFault(withCode(code))).toBe('unavailable');
  });

  it('is found below the error that wraps it', () => {
    expect(distrust(new Error('x', { cause: withCode('CERT_HAS_EXPIRED') }), 'redis', 'REDIS')).toContain(
      'renew',
    );
  });

  it('is not what a server is that is merely away', () => {
    expect(distrust(withCode('ECONNREFUSED'), 'broker', 'AMQP')).toBeUndefined();
    expect(distrust('ECONNREFUSED', 'broker', 'AMQP')).toBeUndefined();
  });
});
