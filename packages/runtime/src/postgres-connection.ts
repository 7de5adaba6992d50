import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';

/** How a database is reached: its URL, and the certificates that vouch for it where they are not the system's. */
export interface DatabaseAccess {
  url: string;
  /** PEM, as in DATABASE_CA. */
  ca?: string | undefined;
}

/** Parameters of libpq's URLs that speak of TLS; `ssl` is the driver's own. */
const tlsParameters = ['ssl', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'uselibpqcompat'];

/**
 * Why a database URL is refused, or undefined. The driver and libpq read `require`, `prefer` and `verify-ca`
 * differently, and differently from release to release; only the two modes that mean one thing are taken.
 */
export function databaseUrlFault(url: string): string | undefined {
  const { searchParams } = new URL(url);
  const other = tlsParameters.find((name) => name !== 'sslmode' && searchParams.has(name));
  if (other)
    return `must not have ${other}: use sslmode=verify-full, and DATABASE_CA_FILE for a CA of your own`;
  const mode = searchParams.get('sslmode');
  return mode === null || mode === 'disable' || mode === 'verify-full'
    ? undefined
    : 'must have sslmode=verify-full, which checks who answers, or disable';
}

/**
 * What the driver needs to connect. `sslmode=verify-full` asks for TLS, a certificate of a known CA and the
 * host's name in it, IP addresses included; the driver by itself would compare those with `localhost`.
 */
export function postgresConnection({ url, ca }: DatabaseAccess): {
  connectionString: string;
  ssl?: ConnectionOptions;
} {
  const parsed = new URL(url);
  const verify = parsed.searchParams.get('sslmode') === 'verify-full';
  parsed.searchParams.delete('sslmode');
  if (!verify) return { connectionString: parsed.href };
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    connectionString: parsed.href,
    ssl: {
      ...(ca ? { ca } : {}),
      ...(isIP(host) === 0 ? {} : { checkServerIdentity: (_name, cert) => checkServerIdentity(host, cert) }),
    },
  };
}
