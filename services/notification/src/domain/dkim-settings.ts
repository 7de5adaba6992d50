import { createPrivateKey } from 'node:crypto';

const names = ['DKIM_DOMAIN', 'DKIM_SELECTOR', 'DKIM_PRIVATE_KEY'] as const;

/** RFC 8301, 3.2: verifiers refuse shorter keys. */
const leastBits = 1024;

/** What is wrong with the three together: mail is signed by all of them or by none. */
export function dkimFaults(env: Readonly<Record<string, string | undefined>>): string[] {
  const isSet = (name: string) => Boolean(env[name] || env[`${name}_FILE`]);
  const missing = names.filter((name) => !isSet(name));
  return missing.length === names.length
    ? []
    : missing.map((name) => `${name} is missing: DKIM needs ${names.join(', ')} together`);
}

/**
 * The key in PEM as it can sign, or undefined. A key in an environment variable often has `\n` in place of its
 * line breaks.
 */
export function readPrivateKey(text: string): string | undefined {
  const pem = text.replaceAll('\\n', '\n');
  try {
    const key = createPrivateKey(pem);
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return key.asymmetricKeyType === 'rsa' && bits >= leastBits ? pem : undefined;
  } catch {
    return undefined;
  }
}
