/**
 * Makes every secret of the stack of docker-compose.yml: `node make-secrets.mts FOLDER`.
 *
 * The first start draws random passwords and keeps them in FOLDER/passwords.json, which no other container
 * sees; each start writes from them what each container reads, into a folder (there: a volume) of its own. So
 * no password stands in the repository, none is a well-known default, and a service that is broken into holds
 * no key but its own. Run again it changes nothing; a password taken out of passwords.json is drawn anew.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const services = ['intake', 'notification', 'pipeline'] as const;

const passwordNames = [
  'postgres',
  'owner',
  ...services.flatMap((service) => [`${service}-database` as const, `${service}-broker` as const]),
  'redis',
  'form-signing-key',
  'grafana',
] as const;

export type Passwords = Record<(typeof passwordNames)[number], string>;

/** Draws what is not there yet; 192 bits each, in characters that need no escaping in a URL or in SQL. */
export function completePasswords(kept: Partial<Passwords> = {}): Passwords {
  const entries = passwordNames.map((name) => [name, kept[name] ?? randomBytes(24).toString('base64url')]);
  return Object.fromEntries(entries);
}

/** Every name of the topology. All services declare all of it, which takes the right to configure, bind and dead-letter. */
const topology = String.raw`meander\.(leads|dead)|notification:lead:confirm`;

/**
 * What each service may configure, write and read on the broker. Pipeline also has a queue of its own for each
 * copy, which the broker names; intake and notification have none, and get no right to one.
 */
export const brokerNames: Readonly<Record<(typeof services)[number], string>> = {
  intake: `^(${topology})$`,
  notification: `^(${topology})$`,
  pipeline: String.raw`^(${topology}|amq\.gen-.+)$`,
};

/** RabbitMQ's form of a password: base64 of four bytes of salt and the SHA-256 of salt and password. */
function brokerHash(password: string): string {
  const salt = randomBytes(4);
  const digest = createHash('sha256').update(salt).update(password).digest();
  return Buffer.concat([salt, digest]).toString('base64');
}

/** The users of the broker and their permissions, in the form that RabbitMQ imports. */
export function brokerDefinitions(passwords: Passwords) {
  return {
    vhosts: [{ name: '/' }],
    users: services.map((name) => ({
      name,
      password_hash: brokerHash(passwords[`${name}-broker`]),
      hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags: [],
    })),
    permissions: services.map((user) => ({
      user,
      vhost: '/',
      configure: brokerNames[user],
      write: brokerNames[user],
      read: brokerNames[user],
    })),
  };
}

/** Intake may do what its rolling window does, on its own keys; without a login one may ask for life only. */
function redisUsers(passwords: Passwords): string[] {
  const password = createHash('sha256').update(passwords.redis).digest('hex');
  const window = '+eval +evalsha +script|load +time +zremrangebyscore +zcard +zadd +pexpire +zrange';
  return [
    'user default reset on nopass -@all +ping',
    `user intake reset on #${password} ~meander:* -@all +@connection -@admin -@dangerous ${window}`,
  ];
}

/** Every file that the containers read, by `folder/name`. A name in capitals is read by way of NAME_FILE. */
export function secretFiles(passwords: Passwords): Record<string, string> {
  const files: Record<string, string> = {
    'postgres/superuser-password': passwords.postgres,
    'postgres/owner-password': passwords.owner,
    'migrate/DATABASE_URL': `postgres://meander_owner:${passwords.owner}@postgres:5432/meander`,
    'logins/pg_service.conf': [
      '[owner]',
      'host=postgres',
      'port=5432',
      'dbname=meander',
      'user=meander_owner',
      `password=${passwords.owner}`,
    ].join('\n'),
    'rabbitmq/definitions.json': JSON.stringify(brokerDefinitions(passwords), undefined, 2),
    'redis/users.acl': redisUsers(passwords).join('\n'),
    'intake/REDIS_URL': `redis://intake:${passwords.redis}@redis:6379`,
    'intake/FORM_SIGNING_KEY': passwords['form-signing-key'],
    'grafana/admin-password': passwords.grafana,
  };
  for (const service of services) {
    const database = passwords[`${service}-database`];
    files[`logins/${service}-password`] = database;
    files[`${service}/DATABASE_URL`] =
      `postgres://meander_${service}_login:${database}@postgres:5432/meander`;
    files[`${service}/AMQP_URL`] = `amqp://${service}:${passwords[`${service}-broker`]}@rabbitmq:5672`;
  }
  return files;
}

/** In one step, so that nobody reads half a file, and readable by whatever user a container runs as. */
function write(file: string, text: string, mode = 0o444): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}

/** Makes what is missing below `folder` and writes all the files. */
export function makeSecrets(folder: string): void {
  const store = join(folder, 'passwords.json');
  const passwords = completePasswords(existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : {});
  write(store, `${JSON.stringify(passwords, undefined, 2)}\n`, 0o600);
  for (const [name, text] of Object.entries(secretFiles(passwords))) write(join(folder, name), `${text}\n`);
}

const [, , folder] = process.argv;
if (import.meta.main && folder) makeSecrets(folder);
