/** What OpenSSL and Node call a certificate that no known CA vouches for. */
const unknownIssuer =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|INVALID_CA)/;

/** Each kind of distrust, by the code of its error, and what to do about it. `NAME` is `DATABASE`, `AMQP` or the like. */
const advices: readonly [RegExp, (name: string) => string][] = [
  [unknownIssuer, (name) => `no CA that we know signed its certificate: check ${name}_CA_FILE`],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    (name) => `its certificate is for another host name: check the host in ${name}_URL`,
  ],
  [/^CERT_HAS_EXPIRED$/, () => 'its certificate has expired: renew it on the server'],
  [/^CERT_NOT_YET_VALID$/, () => 'its certificate is not valid yet: check the clocks'],
  [/^(EPROTO$|ERR_SSL_|ERR_TLS_)/, (name) => `it speaks no TLS there: check the port in ${name}_URL`],
];

/** The driver says so by its message alone; it is a constant text. */
const withoutTls = /^The server does not support SSL connections$/;

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const { code, cause, message } = error as Error & { code?: unknown };
  const own = withoutTls.test(message) ? 'ERR_SSL_UNSUPPORTED' : code;
  return [...(typeof own === 'string' ? [own] : []), ...codesOf(cause)];
}

/**
 * What to mend where a server was refused for its certificate or for the want of one, as a log line; undefined
 * for any other fault. Nothing of the certificate is repeated.
 *
 * @param what the server, for people: `database`
 * @param name the beginning of its variables: `DATABASE` for DATABASE_URL and DATABASE_CA
 */
export function distrust(error: unknown, what: string, name: string): string | undefined {
  for (const code of codesOf(error)) {
    const advice = advices.find(([pattern]) => pattern.test(code))?.[1];
    if (advice) return `${what} cannot be trusted (TLS): ${advice(name)}`;
  }
  return undefined;
}
