import { readFileSync } from 'node:fs';
import { variables as intake } from '@meander/intake/config';
import { variables as notification } from '@meander/notification/config';
import { variables as pipeline } from '@meander/pipeline/config';
import { problems } from '@meander/runtime';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

describe('the documentation', () => {
  it('explains every problem with its status, and none that there is not', () => {
    const rows = [...read('docs/problems.md').matchAll(/^\|\s*`([a-z-]+)`\s*\|\s*(\d{3})\s*\|/gm)].map(
      ([, code, status]) => [code, Number(status)],
    );
    expect(rows).toEqual(Object.entries(problems).map(([code, { status }]) => [code, status]));
  });

  it('names every variable of every service in the README', () => {
    const readme = read('README.md');
    const names = new Set([intake, notification, pipeline].flatMap((variables) => Object.keys(variables)));
    expect([...names].filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it('links only to files that exist', () => {
    for (const file of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md']) {
      for (const [, target = ''] of read(file).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
        expect(() => read(target)).not.toThrow();
    }
  });

  it('shows a booking in the README that intake would accept', async () => {
    const { parseBooking } = await import('@meander/lead');
    const [, json = ''] =
      /leads -H 'Content-Type: application\/json' -d '(\{[^']+\})'/.exec(read('README.md')) ?? [];
    expect(parseBooking(JSON.parse(json), { locale: 'en', phoneRegion: 'NO' })).toMatchObject({ ok: true });
  });
});
