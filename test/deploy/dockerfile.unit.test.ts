import { nodeArguments } from '@meander/runtime';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { compose, read, serviceNames, serviceVariables } from './compose-file.ts';
import { effective, stages } from './dockerfile.ts';

const finals = ['service', 'migrate'];

describe('the Dockerfile', () => {
  it('has nothing that the linter of Dockerfiles finds fault with', () => {
    const faults = (text: string) => validate(text).map(({ message }) => message);
    expect(faults(read('deploy/docker/Dockerfile'))).toEqual([]);
    expect(faults('FROM node:24\nCOPPY . .\n')).not.toEqual([]);
  });

  it('starts from one base, by the exact version of Node.js that the repository pins', () => {
    const bases = stages.map(({ from }) => from).filter((from) => !stages.some(({ name }) => name === from));
    const { devDependencies } = JSON.parse(read('package.json'));
    expect(bases).toEqual([`node:${devDependencies.node}-bookworm-slim`]);
    expect(compose.services.secrets?.image).toBe(bases[0]);
    expect(read('deploy/docker/Dockerfile')).not.toMatch(/:latest\b/);
  });

  it.each(finals)('runs %s as a user that is not root, by number', (name) => {
    expect(effective(name, 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it.each(finals)('starts %s in the exec form, so that signals reach it', (name) => {
    const command = JSON.parse(effective(name, 'CMD') ?? '');
    expect(command[0]).toBe('node');
    expect(effective(name, 'CMD')).not.toContain('$');
    expect(effective(name, 'STOPSIGNAL')).toBe('SIGTERM');
  });

  it('is a service where no target is named', () => {
    expect(stages.at(-1)?.name).toBe('service');
  });

  it('starts a file that every service has, with telemetry preloaded', () => {
    expect(effective('service', 'WORKDIR')).toBe(`/app/services/\${SERVICE}`);
    expect(JSON.parse(effective('service', 'CMD') ?? '')).toEqual(['node', ...nodeArguments, 'src/main.ts']);
    const compiling = stages.at(-1)?.instructions.find(({ name }) => name === 'RUN')?.text ?? '[]';
    expect(JSON.parse(compiling)).toEqual(['node', ...nodeArguments, '--eval', expect.any(String)]);
    for (const name of serviceNames) expect(read(`services/${name}/src/main.ts`)).toContain('run(');
    const [, migration] = JSON.parse(effective('migrate', 'CMD') ?? '');
    expect(read(migration)).toContain('migrate(');
  });

  it('installs production dependencies of one workspace by the lock file, and runs none of their scripts', () => {
    const installs = stages.flatMap(({ instructions }) =>
      instructions.filter(({ name, text }) => name === 'RUN' && text.includes('npm ')),
    );
    expect(installs).toHaveLength(finals.length);
    for (const { text } of installs) {
      expect(text).toMatch(/^npm ci --omit=dev --workspace=\S+ --include-workspace-root=false\s/);
      expect(text).toContain('--ignore-scripts');
    }
  });

  it('knows how to ask a service whether it is well, by itself', () => {
    expect(effective('service', 'HEALTHCHECK')).toMatch(
      /CMD \["node", "\/app\/deploy\/docker\/healthcheck\.mjs", "\/healthz"\]$/,
    );
    const script = read('deploy/docker/healthcheck.mjs');
    for (const name of serviceNames) {
      const variable = `${name.toUpperCase()}_PORT`;
      const schemas = serviceVariables[name] as unknown as Record<
        string,
        { describe(): { flags: { default: number } } }
      >;
      expect(script).toContain(`${name}: ${schemas[variable]?.describe().flags.default}`);
    }
  });

  it('keeps what only tests need out of the build context', () => {
    const ignored = read('.dockerignore').split('\n');
    expect(ignored[1]).toBe('*');
    for (const line of ['packages/testing', '**/*.test.ts', '**/node_modules'])
      expect(ignored).toContain(line);
  });

  it('copies nothing that the build context leaves out', () => {
    const ignored = read('.dockerignore').split('\n');
    const sources = stages.flatMap(({ instructions }) =>
      instructions
        .filter(({ name, text }) => name === 'COPY' && !text.startsWith('--from'))
        .flatMap(({ text }) => text.split(/\s+/).slice(0, -1)),
    );
    for (const source of sources) {
      const top = source.split('/')[0];
      expect(ignored, source).toSatisfy((lines: string[]) =>
        lines.some((line) => line === `!${source}` || (top !== 'deploy' && line === `!${top}`)),
      );
    }
  });
});
