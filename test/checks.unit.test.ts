import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const pages = ['SECURITY.md', 'docs/operations.md', ...globSync('docs/adr/*.md').sort()];

describe('a page that makes promises', () => {
  it.each(pages)('%s names checks, and files, that there are', (page) => {
    const text = readFileSync(page, 'utf8');
    const checks = [...text.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, file = '']) => file);
    expect(checks.length).toBeGreaterThan(0);
    const files = [...text.matchAll(/`((?:deploy|docs|packages|services|test)\/[\w./-]+\.\w+)`/g)].map(
      ([, file = '']) => file,
    );
    expect([...checks, ...files].filter((file) => !existsSync(file))).toEqual([]);
  });

  it('of the threats has a check in every line', () => {
    const rows = readFileSync('SECURITY.md', 'utf8').match(/^\| (?!where|---)[^\n]+$/gm) ?? [];
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter((row) => !/\.test\.ts` \|$/.test(row))).toEqual([]);
  });

  it('of a decision has a number, a status and its three parts, and ARCHITECTURE.md leads to it', () => {
    const architecture = readFileSync('ARCHITECTURE.md', 'utf8');
    globSync('docs/adr/*.md')
      .sort()
      .forEach((file, at) => {
        const text = readFileSync(file, 'utf8');
        expect(file).toContain(`/${String(at + 1).padStart(4, '0')}-`);
        expect(text).toMatch(
          new RegExp(
            `^# ${at + 1}\\. .+\\n\\nStatus: (accepted|superseded by .+)\\n\\n## Context\\n[^]+\\n## Decision\\n[^]+\\n## Consequences\\n`,
          ),
        );
        expect(architecture).toContain(`](${file})`);
      });
  });
});
