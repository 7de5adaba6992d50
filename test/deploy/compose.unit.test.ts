import { existsSync } from 'node:fs';
import { telemetrySettings } from '@meander/telemetry';
import { describe, expect, it } from 'vitest';
import {
  type ComposeService,
  compose,
  isJob,
  read,
  serviceEntries,
  serviceNames,
  serviceVariables,
} from './compose-file.ts';

/** NAME and NAME_FILE give the same variable. */
const variableOf = (name: string) => name.replace(/_FILE$/, '');

const isRequired = (schema: { describe(): { flags?: object } }) =>
  (schema.describe().flags as { presence?: string } | undefined)?.presence === 'required';

describe('the compose file and the configuration of the services', () => {
  it.each(serviceNames)('sets nothing for %s that it does not read', (name) => {
    const known = new Set([serviceVariables[name], telemetrySettings].flatMap((one) => Object.keys(one)));
    const set = Object.keys(compose.services[name]?.environment ?? {}).map(variableOf);
    expect(set.filter((variable) => !known.has(variable))).toEqual([]);
  });

  it.each(serviceNames)('gives %s every variable that it must have', (name) => {
    const environment = compose.services[name]?.environment ?? {};
    const given = new Set(
      Object.keys(environment)
        .filter((variable) => environment[variable] !== null)
        .map(variableOf),
    );
    const required = Object.entries(serviceVariables[name]).filter(([, schema]) => isRequired(schema));
    expect(required.length).toBeGreaterThan(0);
    expect(required.map(([variable]) => variable).filter((variable) => !given.has(variable))).toEqual([]);
  });

  it.each(serviceNames)('lets every variable of %s be set', (name) => {
    const set = new Set(Object.keys(compose.services[name]?.environment ?? {}).map(variableOf));
    expect(Object.keys(serviceVariables[name]).filter((variable) => !set.has(variable))).toEqual([]);
  });

  it('never sets a variable both by itself and by a file', () => {
    for (const [, { environment = {} }] of serviceEntries) {
      const names = Object.keys(environment);
      expect(names.filter((name) => names.includes(`${name}_FILE`))).toEqual([]);
    }
  });
});

describe('the compose file', () => {
  it('pins every image to an exact version', () => {
    for (const [name, { image }] of serviceEntries) {
      // With fewer parts a tag moves on to the next release; PostgreSQL's whole version has two.
      const parts = image.startsWith('postgres:') ? 2 : 3;
      expect(image, `the image of ${name}`).toMatch(
        new RegExp(`^[a-z0-9./-]+:v?\\d+(\\.\\d+){${parts - 1}}(-[a-z][a-z0-9.-]*)?$`),
      );
    }
  });

  it('publishes ports on the loopback address alone', () => {
    const ports = serviceEntries.flatMap(([, service]) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:(\$\{[A-Z_]+:-\d+\}|\d+):\d+$/);
  });

  it('publishes nothing of what holds data, and lets it reach nothing', () => {
    expect(compose.networks.data?.internal).toBe(true);
    for (const name of ['postgres', 'rabbitmq', 'redis']) {
      expect(compose.services[name]?.ports).toBeUndefined();
      expect(compose.services[name]?.networks).toEqual(['data']);
    }
  });

  it('trusts as a proxy the gateway of its own network, and nobody else', () => {
    const gateway = compose.networks.default?.ipam?.config[0]?.gateway;
    expect(compose.services.intake?.environment?.TRUSTED_PROXIES).toBe(`\${TRUSTED_PROXIES:-${gateway}}`);
  });

  it('starts a service when the schema, the logins and what it needs are there', () => {
    for (const name of serviceNames) {
      expect(compose.services[name]?.depends_on).toMatchObject({
        migrate: { condition: 'service_completed_successfully' },
        logins: { condition: 'service_completed_successfully' },
        rabbitmq: { condition: 'service_healthy' },
      });
    }
    for (const [name, { depends_on = {} }] of serviceEntries) {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        const service = compose.services[needed] as ComposeService;
        expect(service, `${name} waits for ${needed}`).toBeDefined();
        expect(condition).toBe(isJob(service) ? 'service_completed_successfully' : 'service_healthy');
      }
    }
  });

  it('asks every part that runs on whether it is well, but the one image that cannot tell', () => {
    const silent = serviceEntries.filter(([, service]) => !isJob(service) && !service.healthcheck);
    expect(silent.map(([name]) => name)).toEqual(['otel-collector']);
  });

  it('bounds every part, and starts again what is to run on', () => {
    for (const [name, service] of serviceEntries) {
      expect(service.restart, `restart of ${name}`).toBe(isJob(service) ? 'no' : 'unless-stopped');
      expect(service.deploy?.resources.limits, `limits of ${name}`).toMatchObject({
        cpus: expect.stringMatching(/^\d+\.\d+$/),
        memory: expect.stringMatching(/^\d+[MG]$/),
      });
    }
  });

  it('gives no process a way to more rights, and our own no capability and no file to write', () => {
    for (const [name, service] of serviceEntries) {
      expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
      if (!service.image.startsWith('meander/')) continue;
      expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    }
  });

  it('mounts only volumes that it declares and files that exist', () => {
    const mounts = serviceEntries.flatMap(([, service]) => service.volumes ?? []);
    const sources = mounts.map((mount) => mount.split(':')[0] ?? '');
    const files = sources.filter((source) => source.startsWith('./'));
    expect(files.filter((file) => !existsSync(new URL(`../../${file}`, import.meta.url)))).toEqual([]);
    const volumes = new Set(sources.filter((source) => !source.startsWith('./')));
    expect([...volumes].sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it('builds our own images from the one Dockerfile, whose stages it names', () => {
    const dockerfile = read('deploy/docker/Dockerfile');
    for (const name of serviceNames) {
      expect(compose.services[name]?.build).toEqual({
        context: '.',
        dockerfile: 'deploy/docker/Dockerfile',
        args: { SERVICE: name },
      });
    }
    for (const [name, { build }] of serviceEntries)
      if (build?.target) expect(dockerfile, name).toMatch(new RegExp(`^FROM \\S+ AS ${build.target}$`, 'm'));
  });
});
