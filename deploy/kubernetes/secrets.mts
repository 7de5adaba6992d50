/**
 * Prints the secrets of the manifests: `npx node deploy/kubernetes/secrets.mts FILE | kubectl apply -f -`.
 *
 * FILE keeps the passwords, drawn at the first run and completed at later ones (mode 600; keep it as you keep
 * other keys). They are those of docker compose (deploy/docker/make-secrets.mts), at the addresses that the
 * operators give to the engines. `--smtp-url-file` names a file with the URL of the mail relay; without it mail
 * goes to the catcher of the overlay "dev".
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { completePasswords, secretFiles } from '../docker/make-secrets.mts';

const namespace = 'meander';
const catcher = 'smtp://mail:1025';

/** What docker compose calls a host, and what the operators call the Service that leads to its writable side. */
const hosts: Readonly<Record<string, string>> = { postgres: 'postgres-rw', redis: 'redis-master' };

const atTheirAddress = (text: string) =>
  text.replace(
    /(@|\bhost=)(postgres|redis)\b/g,
    (_all, before: string, host: string) => before + hosts[host],
  );

export interface Secret {
  apiVersion: 'v1';
  kind: 'Secret';
  metadata: { name: string; namespace: string };
  type: string;
  stringData: Record<string, string>;
}

const secret = (name: string, stringData: Record<string, string>, type = 'Opaque'): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
  type,
  stringData,
});

type Kept = Partial<Record<string, string>>;

/** The passwords of docker compose, and one that only the redis operator needs. What is kept stays as it is. */
export function completeAll(kept: Kept = {}): Record<string, string> {
  return {
    ...completePasswords(kept),
    'redis-admin': kept['redis-admin'] ?? randomBytes(24).toString('base64url'),
  };
}

/** Every Secret that a manifest names. */
export function secrets(passwords: Record<string, string>, smtpUrl = catcher): Secret[] {
  const files = Object.entries(secretFiles(completePasswords(passwords))).map(
    ([path, text]) => [...path.split('/'), atTheirAddress(text)] as const,
  );
  const folder = (name: string) =>
    Object.fromEntries(files.flatMap(([at, file = '', text = '']) => (at === name ? [[file, text]] : [])));

  const notification = folder('notification');
  const admin = passwords['redis-admin'] ?? '';
  const adminHash = createHash('sha256').update(admin).digest('hex');
  const intakeUser =
    folder('redis')
      ['users.acl']?.split('\n')
      .filter((line) => line.startsWith('user intake ')) ?? [];
  return [
    secret('meander-intake', folder('intake')),
    secret('meander-notification', { ...notification, SMTP_URL: smtpUrl }),
    secret('meander-pipeline', folder('pipeline')),
    secret('meander-migrate', folder('migrate')),
    secret('meander-logins', folder('logins')),
    // KEDA asks as notification: it may do nothing there that notification may not.
    secret('meander-scaling', {
      AMQP_URL: notification.AMQP_URL ?? '',
      DATABASE_URL: `${notification.DATABASE_URL}?options=-c%20role%3Dmeander_notification`,
    }),
    secret(
      'postgres-owner',
      { username: 'meander_owner', password: passwords.owner ?? '' },
      'kubernetes.io/basic-auth',
    ),
    secret('rabbitmq-definitions', folder('rabbitmq')),
    secret('redis-admin', { password: admin }),
    secret('redis-acl', {
      'user.acl': `${[`user default reset on #${adminHash} ~* &* +@all`, ...intakeUser].join('\n')}\n`,
    }),
  ];
}

function main(): void {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { 'smtp-url-file': { type: 'string' } },
  });
  const [store] = positionals;
  if (store === undefined) throw new Error('Name the file that keeps the passwords: secrets.mts FILE');
  const passwords = completeAll(existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : {});
  writeFileSync(store, `${JSON.stringify(passwords, undefined, 2)}\n`, { mode: 0o600 });
  const file = values['smtp-url-file'];
  const items = secrets(passwords, file === undefined ? undefined : readFileSync(file, 'utf8').trim());
  process.stdout.write(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, undefined, 2)}\n`);
}

if (import.meta.main) main();
