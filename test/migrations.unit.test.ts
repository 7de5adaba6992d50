import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/**
 * What breaks services of the release before, while they still run: they would write without a value that has
 * become a must, or ask for what has gone. A step that contracts names itself in `contracting` below, with the
 * release that stopped using what it takes away.
 */
const breaking =
  /\b(DROP\s+(TABLE|COLUMN|SCHEMA|VIEW)|RENAME\s+(TO|COLUMN)|SET\s+NOT\s+NULL|ALTER\s+COLUMN\s+\w+\s+(SET\s+DATA\s+)?TYPE|REVOKE)\b|\.(dropTable|dropColumn|renameColumn|renameTable)\b/gi;

/**
 * Found and judged. 0021: the columns were added in the same step with a value in every row, and a trigger fills them
 * since. 0060: of a function that the step itself has made.
 */
const judged: Readonly<Record<string, readonly string[]>> = {
  '0021-sales': ['SET NOT NULL', 'SET NOT NULL'],
  '0060-synthetic-leads': ['REVOKE'],
};

const contracting: readonly string[] = [];

describe('migrations', () => {
  const files = globSync('packages/database/src/migrations/[0-9]*.ts').sort();

  it.each(files)('%s takes nothing away from services that still run', (file) => {
    const name = file.replace(/^.*\/(.*)\.ts$/, '$1');
    const found = [...readFileSync(file, 'utf8').matchAll(breaking)].map(([words]) =>
      words.replace(/\s+/g, ' '),
    );
    expect(contracting.includes(name) ? [] : found).toEqual(judged[name] ?? []);
  });

  it('have numbers of their own, in the order in which they are registered', () => {
    const index = readFileSync('packages/database/src/migrations/index.ts', 'utf8');
    const registered = [...index.matchAll(/^ {2}'(\d{4}-[a-z0-9-]+)':/gm)].map(([, name]) => name);
    expect(registered).toEqual(files.map((file) => file.replace(/^.*\/(.*)\.ts$/, '$1')));
    expect(new Set(registered.map((name) => name?.slice(0, 4))).size).toBe(registered.length);
  });
});
