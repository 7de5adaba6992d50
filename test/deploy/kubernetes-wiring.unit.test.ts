import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { loadIntakeConfig } from '@meander/intake/config';
import { loadNotificationConfig } from '@meander/notification/config';
import { loadPipelineConfig } from '@meander/pipeline/config';
import { describe, expect, it } from 'vitest';
import { completeAll, secrets } from '../../deploy/kubernetes/secrets.mts';
import { read, type ServiceName, serviceNames, serviceVariables } from './compose-file.ts';
import { build, containersOf, kubernetes, type Manifest, type Part, podOf } from './kustomize.ts';

const overlays = {
  dev: build(join(kubernetes, 'overlays/dev')),
  prod: build(join(kubernetes, 'overlays/prod')),
};
const overlayNames = Object.keys(overlays) as (keyof typeof overlays)[];
const loaders = {
  intake: loadIntakeConfig,
  notification: loadNotificationConfig,
  pipeline: loadPipelineConfig,
};

const passwords = completeAll();
const made = secrets(passwords);
const secretData = (name: string) => made.find(({ metadata }) => metadata.name === name)?.stringData ?? {};

const pairs = overlayNames.flatMap((overlay) => serviceNames.map((name) => [overlay, name] as const));
const named = (overlay: keyof typeof overlays, kind: string, name: string) =>
  overlays[overlay].find((one) => one.kind === kind && one.metadata.name === name) as Manifest;

/** The variables of a service as its manifests set them. */
function environment(overlay: keyof typeof overlays, name: ServiceName): Record<string, string> {
  const [container] = containersOf(named(overlay, 'Deployment', name));
  const own = (container.env as { name: string; value: string }[]).map((one) => [one.name, one.value]);
  return { ...named(overlay, 'ConfigMap', `${name}-settings`).data, ...Object.fromEntries(own) };
}

describe('the manifests and the configuration of the services', () => {
  it.each(pairs)(
    'set in %s nothing for %s that it does not read, and all that it must have',
    (overlay, name) => {
      const env = environment(overlay, name);
      const known = new Set(Object.keys(serviceVariables[name]));
      const documented = read('.env.example');
      for (const variable of Object.keys(env)) {
        const bare = variable.replace(/_FILE$/, '');
        if (bare.startsWith('OTEL_')) expect(documented).toContain(`#${bare}=`);
        else expect(known, `${name} does not read ${bare}`).toContain(bare);
      }
      // The files of its own secret, in the place of the paths that only the pod has.
      const given = Object.entries(env).map(([variable, value]) =>
        variable.endsWith('_FILE')
          ? [
              variable.replace(/_FILE$/, ''),
              secretData(`meander-${name}`)[value.replace('/run/meander/', '')],
            ]
          : [variable, value],
      );
      expect(() => loaders[name](Object.fromEntries(given))).not.toThrow();
    },
  );

  it('give every secret as a file, and every file of a secret to somebody', () => {
    for (const [overlay, name] of pairs) {
      const env = environment(overlay, name);
      const files = Object.entries(env).filter(([variable]) => variable.endsWith('_FILE'));
      expect(files.map(([, path]) => path.replace('/run/meander/', '')).sort()).toEqual(
        Object.keys(secretData(`meander-${name}`)).sort(),
      );
      const isSecret = /PASSWORD|SECRET|SIGNING_KEY|PRIVATE_KEY|^(DATABASE|AMQP|REDIS|SMTP)_URL$/;
      expect(
        Object.keys(env).filter((variable) => isSecret.test(variable) && !variable.endsWith('_FILE')),
      ).toEqual([]);
    }
  });
});

describe('the secrets of the manifests', () => {
  /** Names of Secrets, wherever they stand in a manifest, with the keys that are asked for. */
  function asked(part: Part): { name: string; key?: string }[] {
    if (Array.isArray(part)) return part.flatMap(asked);
    if (typeof part !== 'object' || part === null) return [];
    return Object.entries(part as Record<string, Part>).flatMap(([field, value]) => {
      if (field === 'secretName') return [{ name: value as string }];
      if (field === 'secretKeyRef' || field === 'redisSecret') return [value];
      if (field === 'secretTargetRef') return value;
      if (field === 'initdb') return [value.secret];
      return asked(value);
    });
  }

  it('are those that the manifests name, but for the certificates of the public names', () => {
    const wanted = overlays.prod.flatMap(asked).filter(({ name }) => !name.endsWith('-tls'));
    expect(wanted.length).toBeGreaterThan(10);
    for (const { name, key } of wanted) {
      expect(
        made.map(({ metadata }) => metadata.name),
        name,
      ).toContain(name);
      if (key) expect(secretData(name), name).toHaveProperty(key);
    }
    const unwanted = made
      .map(({ metadata }) => metadata.name)
      .filter((name) => !wanted.some((one) => one.name === name));
    expect(unwanted).toEqual([]);
  });

  it('lead to the Services that the operators make for what the overlays deploy', () => {
    const engine = (kind: string) => overlays.prod.find((one) => one.kind === kind)?.metadata.name;
    const host = (url = '') => new URL(url).hostname;
    const { DATABASE_URL, AMQP_URL, REDIS_URL } = secretData('meander-intake');
    expect(host(DATABASE_URL)).toBe(`${engine('Cluster')}-rw`);
    expect(host(AMQP_URL)).toBe(engine('RabbitmqCluster'));
    expect(host(REDIS_URL)).toBe(`${engine('RedisReplication')}-master`);
    expect(secretData('meander-logins')['pg_service.conf']).toContain(`host=${engine('Cluster')}-rw\n`);
    expect(host(secretData('meander-notification').SMTP_URL)).toBe(
      named('dev', 'Service', 'mail').metadata.name,
    );
  });

  it('have no line end behind them, which KEDA would take for a part of the address', () => {
    for (const value of Object.values(secretData('meander-scaling'))) expect(value).toBe(value.trim());
  });

  it('open Redis to its operator by a password, and to intake on its own keys', () => {
    const lines = secretData('redis-acl')['user.acl']?.trim().split('\n') ?? [];
    const hash = createHash('sha256')
      .update(secretData('redis-admin').password ?? '')
      .digest('hex');
    expect(lines).toEqual([
      `user default reset on #${hash} ~* &* +@all`,
      expect.stringMatching(/^user intake reset on #[0-9a-f]{64} ~meander:\* -@all /),
    ]);
  });

  it('stay as they are when they are made again', () => {
    expect(completeAll(passwords)).toEqual(passwords);
    const stable = (all: typeof made) =>
      all.filter(({ metadata }) => metadata.name !== 'rabbitmq-definitions');
    // The broker's hashes have a salt of their own each time.
    expect(stable(secrets(completeAll(passwords)))).toEqual(stable(made));
  });
});

describe('who may talk to whom', () => {
  const policies = overlays.prod.filter(({ kind }) => kind === 'NetworkPolicy');
  const who = (peer: Part): string => {
    const [labels] = [peer.podSelector?.matchLabels ?? peer.namespaceSelector?.matchLabels ?? {}];
    const [value] = Object.values(labels);
    if (peer.ipBlock) return 'internet';
    if (peer.namespaceSelector) return `namespace ${value}`;
    return value === 'replication' ? 'redis' : String(value ?? 'redis');
  };
  const edges = (direction: 'ingress' | 'egress') =>
    policies.flatMap(({ metadata, spec }) =>
      ((spec[direction] ?? []) as Part[]).flatMap((rule) =>
        ((rule.from ?? rule.to ?? []) as Part[]).flatMap((peer) =>
          ((rule.ports ?? []) as Part[]).map(({ port }) =>
            direction === 'ingress'
              ? `${who(peer)} > ${metadata.name}:${port}`
              : `${metadata.name} > ${who(peer)}:${port}`,
          ),
        ),
      ),
    );
  const ownEgress = new Set(edges('egress'));
  const ingress = new Set(edges('ingress'));
  const services = { intake: 3001, notification: 3002, pipeline: 3003 } as const;

  it('is nobody with anybody, but for what a policy says', () => {
    const [denial] = policies.filter(({ metadata }) => metadata.name === 'default-deny');
    expect(denial?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });

  it('is, of the services, what ARCHITECTURE tells: the database, the broker, Redis for intake, the mail relay for notification', () => {
    const leaving = (name: string) =>
      [...ownEgress]
        .filter((edge) => edge.startsWith(`${name} > `))
        .map((edge) => edge.slice(name.length + 3));
    const all = ['postgres:5432', 'rabbitmq:5672', 'otel-collector:4318'];
    expect(leaving('intake').sort()).toEqual([...all, 'redis:6379'].sort());
    expect(new Set(leaving('notification'))).toEqual(
      new Set([...all, 'internet:25', 'internet:465', 'internet:587', 'internet:443']),
    );
    expect(new Set(leaving('pipeline'))).toEqual(new Set([...all, 'internet:443']));
    expect(leaving('migrate')).toEqual(['postgres:5432']);
    for (const peer of policies.flatMap(({ spec }) =>
      (spec.egress ?? []).flatMap((rule: Part) => rule.to ?? []),
    ))
      if (peer.ipBlock) expect(peer.ipBlock.except.length).toBeGreaterThan(1);
  });

  it('has both ends open where both are ours', () => {
    const ours = new Set([
      ...Object.keys(services),
      'migrate',
      'otel-collector',
      'postgres',
      'rabbitmq',
      'redis',
    ]);
    const both = (edge: string) => edge.split(' > ').every((end) => ours.has(end.split(':')[0] ?? ''));
    const left = [...ownEgress].filter(both);
    expect(left.length).toBeGreaterThan(12);
    expect(left.sort()).toEqual([...ingress].filter(both).sort());
  });

  it('lets visitors to intake and pipeline, and Prometheus to the metrics, by way of their namespaces alone', () => {
    for (const name of serviceNames) {
      const from = [...ingress].filter((edge) => edge.includes(` > ${name}:`));
      const metrics = (podOf(named('prod', 'Deployment', name)).containers[0].ports as Part[]).find(
        (port) => port.name === 'metrics',
      ).containerPort;
      expect(from.sort()).toEqual(
        [
          `otel-collector > ${name}:${services[name]}`,
          `namespace monitoring > ${name}:${metrics}`,
          ...(name === 'notification' ? [] : [`namespace ingress > ${name}:${services[name]}`]),
        ].sort(),
      );
    }
  });

  it('names the ports that the services have by default', () => {
    for (const name of serviceNames) {
      const ports = (podOf(named('prod', 'Deployment', name)).containers[0].ports as Part[]).map(
        ({ containerPort }) => containerPort,
      );
      const schemas = serviceVariables[name] as unknown as Record<
        string,
        { describe(): { flags: { default: number } } }
      >;
      const upper = name.toUpperCase();
      expect(ports).toEqual(
        [`${upper}_PORT`, `${upper}_METRICS_PORT`].map(
          (variable) => schemas[variable]?.describe().flags.default,
        ),
      );
    }
  });
});
