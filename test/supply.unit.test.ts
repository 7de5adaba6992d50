import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { judgeAudit } from '../deploy/supply/audit.ts';
import { isPermissive, licencesPage } from '../deploy/supply/licences.ts';
import { lockedPackages } from '../deploy/supply/packages.ts';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  version: string;
  workspaces: string[];
  scripts: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
const packages = lockedPackages();

/** Every package.json of ours. */
const manifests = [
  'package.json',
  ...manifest.workspaces.flatMap((pattern) => globSync(`${pattern}/package.json`)),
];
const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

describe('what we depend on', () => {
  it('is named by exact versions everywhere', () => {
    expect(manifests.length).toBeGreaterThan(10);
    for (const file of manifests) {
      const parsed = JSON.parse(read(file)) as Partial<
        Record<(typeof kinds)[number], Record<string, string>>
      >;
      const versions = kinds.flatMap((kind) => Object.entries(parsed[kind] ?? {}));
      const loose = versions.filter(([, version]) => !/^(npm:[^@]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
      expect(loose, file).toEqual([]);
    }
  });

  it('comes from the registry, each with the hash of its contents', () => {
    for (const { name, resolved, integrity } of packages) {
      expect(resolved, name).toMatch(/^(https:\/\/registry\.npmjs\.org\/|$)/);
      expect(integrity, name).toMatch(/^sha512-/);
    }
  });

  it('runs a script at its installation only where that was decided by name and version', () => {
    const scripted = packages.filter(({ installScript }) => installScript);
    expect(scripted.length).toBeGreaterThan(0);
    expect(Object.keys(manifest.allowScripts).sort()).toEqual(
      scripted.map(({ name, version }) => `${name}@${version}`).sort(),
    );
  });

  it('asks nothing of our own code: every licence in production is permissive', () => {
    const others = packages.filter(({ production, license }) => production && !isPermissive(license));
    expect(others.map(({ name, license }) => `${name}: ${license || 'none named'}`)).toEqual([]);
  });

  it('has a licence that is named, tools included', () => {
    expect(packages.filter(({ license }) => license === '').map(({ name }) => name)).toEqual([]);
  });

  it('is listed in docs/licences.md as it is now (npm run licences)', () => {
    expect(read('docs/licences.md')).toBe(licencesPage(packages));
  });
});

describe('a licence', () => {
  it.each([
    ['MIT', true],
    ['(MIT OR EUPL-1.1+)', true],
    ['MIT AND Apache-2.0', true],
    ['MIT AND GPL-3.0-only', false],
    ['GPL-3.0-or-later', false],
    ['AGPL-3.0-only', false],
    ['MPL-2.0', false],
    ['UNLICENSED', false],
    ['', false],
  ])('%s: fit for production %s', (expression, fit) => {
    expect(isPermissive(expression)).toBe(fit);
  });
});

describe('the audit', () => {
  const report = (vulnerabilities: object) =>
    JSON.stringify({ vulnerabilities, metadata: { vulnerabilities: { total: 1 } } });

  it.each(['high', 'critical'])('fails on severity %s, and names the package', (severity) => {
    expect(judgeAudit(report({ left: { severity, range: '<2' } }))).toEqual({
      ok: false,
      lines: [`${severity}: left <2`],
    });
  });

  it('passes what is below', () => {
    expect(judgeAudit(report({ left: { severity: 'moderate' } })).ok).toBe(true);
  });

  it.each(['', 'not json', '{"message":"405 Method Not Allowed","error":{}}'])(
    'says that nothing was checked where the registry did not answer: %s',
    (output) => {
      const { ok, lines } = judgeAudit(output);
      expect(ok).toBe(true);
      expect(lines[0]).toMatch(/^NOT CHECKED/);
    },
  );
});

describe('the release', () => {
  it('has notes: the newest of the changelog is the version of the package', () => {
    const versions = [...read('CHANGELOG.md').matchAll(/^## \[(\d[^\]]*)\] - \d{4}-\d{2}-\d{2}$/gm)];
    expect(versions[0]?.[1]).toBe(manifest.version);
  });
});

describe('the public CI', () => {
  const files = globSync('.github/workflows/*.yml');
  const workflows = files.map((file) => parse(read(file)) as Record<string, unknown>);
  const steps = workflows.flatMap(({ jobs }) =>
    Object.values(jobs as Record<string, { steps: { uses?: string; run?: string }[] }>).flatMap(
      (job) => job.steps,
    ),
  );

  it('may read the contents and nothing else', () => {
    expect(workflows.length).toBeGreaterThan(0);
    for (const { permissions } of workflows) expect(permissions).toEqual({ contents: 'read' });
  });

  it('names whole versions of the actions that it uses', () => {
    const used = steps.flatMap(({ uses }) => uses ?? []);
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})$/);
  });

  it('runs what .ci/run runs, and only npm scripts that there are', () => {
    const runs = steps.flatMap(({ run }) => run ?? []);
    expect(runs.some((run) => run.includes('.ci/run'))).toBe(true);
    for (const [, script = ''] of runs.join('\n').matchAll(/npm run (?:-s )?([\w-]+)/g))
      expect(manifest.scripts).toHaveProperty(script);
  });
});
