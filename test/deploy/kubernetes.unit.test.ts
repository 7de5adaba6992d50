import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { built as builtRules, within } from '../../deploy/kubernetes/source/rules.ts';
import { compose, read, serviceNames } from './compose-file.ts';
import { build, containersOf, kubernetes, type Manifest, podOf, unusedFiles } from './kustomize.ts';
import { schemaFault, typeOf, unknownFields, withoutSchema } from './manifest-schemas.ts';

const overlays = {
  dev: build(join(kubernetes, 'overlays/dev')),
  prod: build(join(kubernetes, 'overlays/prod')),
};
const overlayNames = Object.keys(overlays) as (keyof typeof overlays)[];
const { prod } = overlays;

const workloads = (manifests: Manifest[]) => manifests.filter((one) => podOf(one) !== undefined);

describe('the manifests', () => {
  it('are all reached by a kustomization', () => {
    expect(unusedFiles()).toEqual([]);
  });

  it.each(overlayNames)('of %s are each there once', (name) => {
    const names = overlays[name].map((one) => `${typeOf(one)} ${one.metadata.name}`);
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((one, at) => names.indexOf(one) !== at)).toEqual([]);
  });

  it.each(overlayNames)(
    'of %s keep to the schemas of Kubernetes, KEDA and the Prometheus Operator',
    async (name) => {
      const checked = overlays[name].filter((one) => !withoutSchema.has(typeOf(one)));
      const faults = await Promise.all(checked.map(schemaFault));
      expect(faults.filter(Boolean)).toEqual([]);
    },
  );

  it('have no field that their kind does not have', () => {
    const checked = overlayNames
      .flatMap((name) => overlays[name])
      .filter((one) => !withoutSchema.has(typeOf(one)));
    expect(unknownFields(checked)).toEqual([]);
  });

  it('that are misspelt are found, so the two tests above can fail', async () => {
    const deployment = prod.find(({ kind }) => kind === 'Deployment') as Manifest;
    const misspelt = structuredClone(deployment);
    misspelt.spec.template.spec.containers[0].restarts = true;
    expect(unknownFields([misspelt])).toEqual([expect.stringMatching(/restarts.* does not exist/)]);
    const wrong = structuredClone(deployment);
    wrong.spec.template.spec.containers[0].imagePullPolicy = 'Sometimes';
    expect(await schemaFault(wrong)).toContain('imagePullPolicy');
  });

  it('lay out everything in the one namespace that they make', () => {
    for (const manifest of [...overlays.dev, ...prod])
      if (manifest.kind === 'Namespace') expect(manifest.metadata.name).toBe('meander');
      else expect(manifest.metadata.namespace, manifest.metadata.name).toBe('meander');
  });

  it('carry the rules of deploy/observability as their generator makes them, asked of this namespace alone', () => {
    expect(read('deploy/kubernetes/components/monitoring/rules.yaml')).toBe(builtRules);
    expect(within('max(up) == 0 and a:b > 1 or rate(x_total{job="up"}[5m]) > 0')).toBe(
      'max(up{namespace="meander"}) == 0 and a:b > 1 or rate(x_total{namespace="meander", job="up"}[5m]) > 0',
    );
  });
});

describe('every container', () => {
  const all = overlayNames.flatMap((name) =>
    workloads(overlays[name]).flatMap((one) =>
      containersOf(one).map((container) => ({ of: one, container })),
    ),
  );

  it('has an image of an exact version, the one of docker compose', () => {
    const composed = new Set(Object.values(compose.services).map(({ image }) => image));
    for (const { container } of all)
      expect(composed, container.image).toContain(container.image.replace('registry.example.no/', ''));
  });

  it('is bounded, and says what it needs', () => {
    for (const { container } of all)
      for (const kind of ['requests', 'limits'])
        expect(container.resources[kind], container.name).toEqual({
          cpu: expect.any(String),
          memory: expect.any(String),
        });
  });

  it('keeps to the restricted standard of pod security, and to a file system that it cannot write', () => {
    for (const { of, container } of all) {
      expect(container.securityContext, container.name).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(podOf(of).securityContext, of.metadata.name).toMatchObject({
        runAsNonRoot: true,
        runAsUser: expect.any(Number),
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(podOf(of).automountServiceAccountToken).toBe(false);
    }
  });

  it('gets no variable from the names of Services, which would be taken for INTAKE_PORT and its like', () => {
    for (const { of } of all) expect(podOf(of).enableServiceLinks, of.metadata.name).toBe(false);
  });

  it('mounts volumes that its pod has, which name ConfigMaps that are there', () => {
    for (const name of overlayNames) {
      const maps = new Set(
        overlays[name].filter(({ kind }) => kind === 'ConfigMap').map((one) => one.metadata.name),
      );
      for (const one of workloads(overlays[name])) {
        const volumes = podOf(one).volumes ?? [];
        const mounts = containersOf(one).flatMap(({ volumeMounts = [] }) => volumeMounts);
        expect(new Set(mounts.map((mount: Manifest) => mount.name))).toEqual(
          new Set(volumes.map((volume: Manifest) => volume.name)),
        );
        for (const volume of volumes) if (volume.configMap) expect(maps).toContain(volume.configMap.name);
        for (const { envFrom = [] } of containersOf(one))
          for (const source of envFrom) expect(maps).toContain(source.configMapRef.name);
      }
    }
  });
});

describe('the services', () => {
  const deployment = (name: string) =>
    prod.find((one) => one.kind === 'Deployment' && one.metadata.name === name) as Manifest;
  const container = (name: string) => containersOf(deployment(name))[0];

  it.each(serviceNames)(
    'start %s and stop it in time: alive is not ready, and a stop waits for load balancers',
    (name) => {
      const { startupProbe, livenessProbe, readinessProbe, lifecycle } = container(name);
      expect(startupProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
      expect(livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
      expect(readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
      // A probe of ours answers within 1.5 s, whatever hangs.
      for (const probe of [startupProbe, livenessProbe, readinessProbe])
        expect(probe.timeoutSeconds).toBeGreaterThan(1.5);
      const { terminationGracePeriodSeconds } = podOf(deployment(name));
      expect(terminationGracePeriodSeconds).toBeGreaterThan(lifecycle.preStop.sleep.seconds + 10);
    },
  );

  it('ask for the probes where the services have them', async () => {
    const { healthRoutes } = await import('../../packages/runtime/src/http/health.ts');
    const paths = Object.keys(healthRoutes({ dependencies: [], draining: () => false }));
    expect(paths.sort()).toEqual(['/healthz', '/readyz']);
  });

  it('are replaced one by one, and leave their number to what scales them', () => {
    for (const name of serviceNames) {
      const { spec } = deployment(name);
      expect(spec.replicas).toBeUndefined();
      expect(spec.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    }
  });

  it('are spread over zones and nodes', () => {
    for (const name of serviceNames) {
      const spread = podOf(deployment(name)).topologySpreadConstraints as Manifest[];
      expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
        'topology.kubernetes.io/zone',
        'kubernetes.io/hostname',
      ]);
      for (const { labelSelector } of spread)
        expect(labelSelector.matchLabels).toEqual(deployment(name).spec.selector.matchLabels);
    }
  });

  it('may be drained one at a time, where there is another', () => {
    for (const name of serviceNames) {
      const budget = prod.find((one) => one.kind === 'PodDisruptionBudget' && one.metadata.name === name);
      expect(budget?.spec.selector).toEqual(deployment(name).spec.selector);
      const scaler = prod.find(
        ({ kind, spec }) => /Autoscaler|ScaledObject/.test(kind) && spec.scaleTargetRef.name === name,
      );
      expect(scaler?.spec.minReplicas ?? scaler?.spec.minReplicaCount).toBeGreaterThan(
        budget?.spec.maxUnavailable,
      );
    }
  });

  it('have connections enough at the database, were there as many copies as may be, and a rollout besides', () => {
    const settings = (name: string) =>
      prod.find((one) => one.kind === 'ConfigMap' && one.metadata.name === `${name}-settings`)?.data;
    const copies = (name: string) => {
      const { spec } = prod.find(
        (one) => /Autoscaler|ScaledObject/.test(one.kind) && one.spec.scaleTargetRef.name === name,
      ) as Manifest;
      return (
        (spec.maxReplicas ?? spec.maxReplicaCount) + deployment(name).spec.strategy.rollingUpdate.maxSurge
      );
    };
    // Besides its pool a copy has the connection of its relay.
    const needed = serviceNames.reduce(
      (sum, name) => sum + copies(name) * (Number(settings(name).DATABASE_POOL_SIZE) + 1),
      0,
    );
    const { parameters } = prod.find(({ kind }) => kind === 'Cluster')?.spec.postgresql ?? {};
    // The superuser's, the replicas' and the jobs'.
    expect(Number(parameters.max_connections)).toBeGreaterThanOrEqual(needed + 20);
  });
});

describe('what leads to a pod', () => {
  const labels = (manifests: Manifest[]) =>
    workloads(manifests).map((one) => one.spec.template.metadata.labels as Record<string, string>);
  const selects = (selector: Record<string, string>, of: Record<string, string>) =>
    Object.entries(selector).every(([key, value]) => of[key] === value);
  /** What the operators call their pods, by their documentation. */
  const operated = [
    { 'cnpg.io/cluster': 'postgres' },
    { 'app.kubernetes.io/name': 'rabbitmq' },
    { redis_setup_type: 'replication' },
    { redis_setup_type: 'sentinel' },
  ] as Record<string, string>[];

  it.each(overlayNames)('selects one in %s: Services, budgets, monitors, policies', (name) => {
    const pods = [...labels(overlays[name]), ...operated];
    const selectors = overlays[name].flatMap(
      ({ kind, metadata, spec }): [string, Record<string, string>][] => {
        const found = kind === 'Service' ? spec.selector : (spec?.podSelector ?? spec?.selector)?.matchLabels;
        return found ? [[`${kind} ${metadata.name}`, found]] : [];
      },
    );
    expect(selectors.length).toBeGreaterThan(15);
    for (const [what, selector] of selectors)
      expect(
        pods.some((of) => selects(selector, of)),
        `${what} selects nothing`,
      ).toBe(true);
  });

  it('asks for ports that the pods have', () => {
    for (const name of overlayNames) {
      for (const { kind, metadata, spec } of overlays[name]) {
        if (kind !== 'Service' || !spec.selector) continue;
        const pod = workloads(overlays[name]).find((one) =>
          selects(spec.selector, one.spec.template.metadata.labels),
        );
        const ports = containersOf(pod as Manifest).flatMap((one) =>
          one.ports.map((port: Manifest) => port.name),
        );
        for (const { targetPort } of spec.ports) expect(ports, metadata.name).toContain(targetPort);
      }
    }
  });

  it('comes from outside to intake and pipeline alone, each by its own name, encrypted', () => {
    const ingresses = prod.filter(({ kind }) => kind === 'Ingress');
    expect(ingresses.map((one) => one.metadata.name)).toEqual(['intake', 'pipeline']);
    for (const { metadata, spec } of ingresses) {
      const [rule] = spec.rules;
      expect(spec.rules).toHaveLength(1);
      expect(rule.http.paths[0].backend.service.name).toBe(metadata.name);
      expect(spec.tls).toEqual([{ hosts: [rule.host], secretName: `${metadata.name}-tls` }]);
    }
    const base = prod.find((one) => one.metadata.name === 'intake-settings')?.data.PUBLIC_BASE_URL;
    expect(new URL(base).host).toBe(ingresses[0]?.spec.rules[0].host);
    expect(
      prod.filter(({ kind, spec }) => kind === 'Service' && /NodePort|LoadBalancer/.test(spec.type)),
    ).toEqual([]);
  });
});

const kustomizeVersion = () => {
  const { stdout } = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });
  return Number(/Kustomize Version: v(\d+)/.exec(stdout ?? '')?.[1] ?? 0);
};

// Debian's kubectl may bring a kustomize of 2019, which is another language.
if (kustomizeVersion() >= 5) {
  describe('kustomize itself', () => {
    /** Without the hashes behind the names of ConfigMaps, and in an order of its own. */
    const normal = (manifests: Manifest[]) =>
      sorted(JSON.parse(JSON.stringify(manifests).replace(/-[a-z0-9]{10}(?=")/g, '')));
    const sorted = (part: unknown): unknown => {
      if (Array.isArray(part))
        return part.map(sorted).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
      if (typeof part !== 'object' || part === null) return part;
      return Object.fromEntries(
        Object.entries(part)
          .sort()
          .map(([key, value]) => [key, sorted(value)]),
      );
    };

    it.each(overlayNames)('builds %s as these tests do', (name) => {
      const { status, stdout, stderr } = spawnSync(
        'kubectl',
        ['kustomize', join(kubernetes, 'overlays', name)],
        {
          encoding: 'utf8',
        },
      );
      expect(status, stderr).toBe(0);
      expect(stderr).toBe('');
      const theirs = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
      expect(normal(overlays[name])).toEqual(normal(theirs));
    });
  });
}

describe('the page of the manifests', () => {
  it('names folders that there are', () => {
    for (const [, path = ''] of read('deploy/kubernetes/README.md').matchAll(/^\| `([a-z./-]+)` \|/gm))
      expect(existsSync(join(kubernetes, path)), path).toBe(true);
  });
});
