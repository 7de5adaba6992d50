import { readFileSync } from 'node:fs';
import type { Routes } from '@meander/runtime';
import Handlebars from 'handlebars';

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

/** Compiles a page's template; a value that the page does not have is an error, not an empty place. */
export function compilePage<T>(name: string): (values: T) => string {
  return Handlebars.compile<T>(read(`${name}.hbs`), { strict: true });
}

const stylesheet = read('page.css');

/** What the pages load. */
export const pageAssets: Routes = {
  '/assets/page.css': {
    get: (_req, res) => void res.set('Cache-Control', 'public, max-age=300').type('css').send(stylesheet),
  },
};
