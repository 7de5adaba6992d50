import { readdirSync, readFileSync } from 'node:fs';
import { root } from '../settings.ts';

const folders = ['', 'docs/', 'docs/runbooks/'];

/** Every page of the documentation, by its path in the repository. */
export function docsFiles(): string[] {
  return folders.flatMap((folder) =>
    readdirSync(`${root}${folder}`)
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}${name}`),
  );
}

/** A page of the documentation as it is written, at `/docs/` and its path; `/docs/` lists them. */
export function readDoc(path: string): string | undefined {
  if (path === '/docs/') {
    const list = docsFiles().map((file) => `  /docs/${file}`);
    return `Documentation, as it stands in the repository:\n\n${list.join('\n')}\n`;
  }
  // Looked up in the list, so that no path leads out of it.
  const file = docsFiles().find((known) => path === `/docs/${known}`);
  return file === undefined ? undefined : readFileSync(`${root}${file}`, 'utf8');
}
