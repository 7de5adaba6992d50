import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { telemetryFaults } from '@meander/telemetry';
import Joi from 'joi';
import { baseUrl, brokerUrl, databaseUrl, redisUrl, url, webUrl } from './url-variable.ts';

/** Every fault of the environment at once, one line each. Values are never repeated: they may be secrets. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Takes `NAME` from the file that `NAME_FILE` names, so that a secret need not stand in the environment. */
function readVariable(name: string, env: Environment, faults: string[]): string | undefined {
  const file = env[`${name}_FILE`];
  const value = env[name];
  if (file === undefined || file === '') {
    if (value === '') return undefined;
    if (value?.trim() === '') faults.push(`${name} holds nothing but white space`);
    return value;
  }
  if (value !== undefined && value !== '') {
    faults.push(`${name} and ${name}_FILE are both set: keep one of them`);
    return value;
  }
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (text === '') faults.push(`${name}_FILE names a file that holds nothing`);
    return text;
  } catch {
    faults.push(`${name}_FILE names a file that cannot be read`);
    return undefined;
  }
}

type Schemas<T> = { [K in keyof T]: Joi.Schema<T[K]> };

/**
 * Reads a program's whole configuration once, by a joi schema a variable.
 *
 * @param found faults of what is read elsewhere, to be listed with the others
 * @throws ConfigError that lists all faults together; nothing has been opened by then.
 */
export function loadConfig<T>(variables: Schemas<T>, env: Environment, found: readonly string[] = []): T {
  const faults = [...found];
  const given: Record<string, string> = {};
  for (const name of Object.keys(variables)) {
    const value = readVariable(name, env, faults);
    if (value !== undefined) given[name] = value;
  }
  const { error, value } = Joi.object(variables as Joi.SchemaMap).validate(given, {
    abortEarly: false,
    errors: { wrap: { label: false } },
    messages: {
      'any.required': '{#label} is missing',
      // The library's own texts for these repeat the value.
      'any.custom': '{#label} cannot be read',
      'string.pattern.base': '{#label} has not the form that it must have',
    },
  });
  for (const { path, message } of error?.details ?? []) {
    const known = new RegExp(`^${path[0]}(_FILE)?\\b`);
    if (!faults.some((fault) => known.test(fault))) faults.push(message);
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return value as T;
}

/** The same for a service, whose telemetry was set by the same environment before its own modules were loaded. */
export function loadServiceConfig<T>(variables: Schemas<T>, env: Environment): T {
  return loadConfig<T>(variables, env, telemetryFaults(env));
}

/** The faults of several configurations that one start needs. */
export interface GatheredFaults {
  /** Of all so far, each once. */
  readonly faults: Set<string>;
  /** Undefined where it has faults, which do not hide those of the next one. @throws what is no ConfigError */
  load<T>(read: () => T): T | undefined;
}

/** For a program that reads what others read: it tells the faults of all of them at once. */
export function gatherFaults(): GatheredFaults {
  const faults = new Set<string>();
  return {
    faults,
    load(read) {
      try {
        return read();
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        for (const fault of error.faults) faults.add(fault);
        return undefined;
      }
    },
  };
}

const oneCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** One certificate or more in PEM, and each can be read. */
function areCertificates(text: string): boolean {
  const found = text.match(oneCertificate) ?? [];
  try {
    for (const one of found) new X509Certificate(one);
    return found.length > 0;
  } catch {
    return false;
  }
}

/**
 * The certificates (PEM) that vouch for a server whose CA the system does not know; given as NAME_FILE as a rule.
 * Where the URL asks for no TLS they would count for nothing, which is a fault.
 */
const certificates = (of: string, withTls: RegExp, remedy: string) =>
  Joi.string()
    .custom((text: string, helpers) =>
      areCertificates(text) ? text : helpers.message({ custom: '{#label} holds no certificate in PEM' }),
    )
    .when(of, {
      is: Joi.string().pattern(withTls).required(),
      otherwise: Joi.forbidden().messages({
        'any.unknown': `{#label} is set, but ${of} asks for no TLS: ${remedy}`,
      }),
    });

/** The kinds of variable that several services share. */
export const variable = {
  url,
  webUrl,
  baseUrl,
  redisUrl,
  certificates,
  port: (fallback: number) => Joi.number().port().default(fallback),
  /** The port of `/metrics`, which `of` must not have as well; 0 is any free one. */
  metricsPort: (fallback: number, of: string) =>
    Joi.number()
      .port()
      .when(of, { is: 0, otherwise: Joi.invalid(Joi.ref(of)) })
      .messages({ 'any.invalid': `{#label} is the same port as ${of}` })
      .default(fallback),
  /** What would count for nothing without another variable, which is a fault. */
  onlyWith: <T>(other: string, schema: Joi.Schema<T>): Joi.Schema<T> =>
    schema.when(other, {
      is: Joi.exist(),
      otherwise: Joi.forbidden().messages({ 'any.unknown': `{#label} is set, but ${other} is not` }),
    }),
  count: (fallback: number, most = 1_000_000) => Joi.number().integer().min(1).max(most).default(fallback),
  oneOf: <T extends string>(fallback: T, ...choices: T[]) =>
    Joi.string<T>()
      .valid(...choices)
      .default(fallback),
  /** A text that `isValid` accepts; `what` it should be stands in the fault. */
  checked: <T extends string = string>(isValid: (text: string) => boolean, what: string) =>
    Joi.string<T>().custom((text: string, helpers) =>
      isValid(text) ? text : helpers.message({ custom: `{#label} is not ${what}` }),
    ),
  text: (fallback?: string) => (fallback === undefined ? Joi.string() : Joi.string().default(fallback)),
  /** A comma-separated list of strings, each judged by `item`; white space around an entry does not count. */
  list: (item: (entry: string) => boolean, what: string) =>
    Joi.string()
      .custom((text: string, helpers) => {
        const entries = text.split(',').map((entry) => entry.trim());
        const bad = entries.findIndex((entry) => !item(entry));
        return bad < 0 ? entries : helpers.message({ custom: `{#label}: entry ${bad + 1} is not ${what}` });
      })
      .default([]) as unknown as Joi.Schema<string[]>,
};

/** How the database is reached: what services and commands read alike. */
export const databaseVariables = {
  DATABASE_URL: databaseUrl().required(),
  DATABASE_CA: certificates('DATABASE_URL', /[?&]sslmode=verify-full(&|$)/, 'add sslmode=verify-full to it'),
};

export interface DatabaseConfig {
  DATABASE_URL: string;
  /** PEM; without it the system's CAs count. */
  DATABASE_CA?: string;
}

/** How the broker is reached. */
export const brokerVariables = {
  AMQP_URL: brokerUrl().required(),
  AMQP_CA: certificates('AMQP_URL', /^amqps:/, 'start it with amqps://'),
};

/** What every service reads, besides its own. */
export const commonVariables = {
  ...databaseVariables,
  DATABASE_POOL_SIZE: variable.count(10, 200),
  ...brokerVariables,
  AMQP_NAME_PREFIX: variable
    .checked((text) => /^[A-Za-z0-9._-]{1,40}$/.test(text), 'of 1 to 40 letters of ASCII, digits and . _ -')
    .default(''),
  HOST: Joi.string().hostname().default('127.0.0.1'),
  LOG_LEVEL: variable.oneOf('info', 'trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
};

export interface CommonConfig extends DatabaseConfig {
  DATABASE_POOL_SIZE: number;
  AMQP_URL: string;
  /** PEM; without it the system's CAs count. */
  AMQP_CA?: string;
  AMQP_NAME_PREFIX: string;
  HOST: string;
  LOG_LEVEL: string;
}
