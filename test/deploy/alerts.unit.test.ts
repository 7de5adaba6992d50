import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { read } from './compose-file.ts';

interface Alert {
  alert: string;
  labels: { severity: string };
  annotations: { runbook?: string };
}

const folder = 'deploy/observability/prometheus';
const filesIn = (path: string) =>
  readdirSync(new URL(`../../${path}`, import.meta.url)).map((file) => `${path}/${file}`);

const alerts = (parse(read(`${folder}/rules/alerts.yml`)) as { groups: { rules: Alert[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);
const names = alerts.map(({ alert }) => alert);
const runbooks = filesIn('docs/runbooks').filter((path) => !path.endsWith('README.md'));

/** MeanderOutboxStuck → outbox-stuck */
const kebab = (name: string) =>
  name
    .replace(/^Meander/, '')
    .replace(/(?<!^)(?=[A-Z])/g, '-')
    .toLowerCase();

describe('the alerts', () => {
  it('have a runbook each, and there is none without an alert', () => {
    for (const { alert, annotations } of alerts)
      expect(annotations.runbook).toBe(`docs/runbooks/${kebab(alert)}.md`);
    expect(runbooks.sort()).toEqual(names.map((name) => `docs/runbooks/${kebab(name)}.md`).sort());
  });

  it('are explained: what it says, what is at stake, where to look, how to mend it', () => {
    for (const name of names) {
      const page = read(`docs/runbooks/${kebab(name)}.md`);
      expect(page).toMatch(
        new RegExp(`^# ${name}\n\n\\S[^]+\\*\\*At stake\\.\\*\\*[^]+## Look\n[^]+## Mend\n`),
      );
    }
  });

  it('stand in the list of the runbooks, and each link there leads somewhere', () => {
    const listed = [...read('docs/runbooks/README.md').matchAll(/^\| \[(\w+)\]/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual([...names].sort());
    for (const path of [...runbooks, 'docs/runbooks/README.md'])
      for (const [, target] of read(path).matchAll(/\]\(([a-z-]+\.md)\)/g))
        expect(runbooks, path).toContain(`docs/runbooks/${target}`);
  });

  it('name nothing that is not there: metrics and rules in a runbook are those of the code and the rules', () => {
    const known = [
      read('docs/metrics.md').replaceAll('.', '_'),
      ...filesIn(`${folder}/rules`).map((path) => read(path)),
    ].join('\n');
    const used = runbooks.flatMap((path) =>
      [...read(path).matchAll(/\bmeander[_:][a-z0-9_:]+/g)].map(String),
    );
    expect(used.length).toBeGreaterThan(5);
    const unknown = used.filter(
      (name) => !known.includes(name.replace(/_(total|seconds|bucket|count)$/, '')),
    );
    expect(unknown).toEqual([]);
  });

  it('say how soon somebody must come', () => {
    for (const { alert, labels } of alerts) expect(['page', 'ticket'], alert).toContain(labels.severity);
  });

  it('are fired in a test of the rules, each', () => {
    const tests = filesIn(`${folder}/tests`)
      .map((path) => read(path))
      .join('\n');
    expect(names.filter((name) => !tests.includes(`alertname="${name}"`))).toEqual([]);
  });
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

// Where promtool is missing there is nothing to register; CI installs it, and there a missing one is a failure.
if (hasPromtool || process.env.REQUIRE_REAL_SERVICES === '1') {
  describe('promtool', () => {
    const promtool = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync('promtool', args, {
        cwd: new URL('../../', import.meta.url),
        encoding: 'utf8',
      });
      return { status, said: `${stdout}${stderr}` };
    };

    it('can read the rules', () => {
      const { status, said } = promtool('check', 'rules', ...filesIn(`${folder}/rules`));
      expect(status, said).toBe(0);
    });

    it('sees each alert fire when it should, and only then', () => {
      const { status, said } = promtool('test', 'rules', ...filesIn(`${folder}/tests`));
      expect(status, said).toBe(0);
    });
  });
}
