import { readdirSync, readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import type { Assets } from './assets.ts';

export interface Templates {
  /** Compiles a page; a value that the page does not have is an error, not an empty place. */
  compile<T>(name: string): (values: T) => string;
}

const shared = new URL('./templates/', import.meta.url);
const ending = '.hbs';

/**
 * The templates of a folder. Files that begin with `_`, here and among the shared ones, are partials by the
 * name behind it; `{{asset "base.css"}}` is the address of an asset.
 */
export function createTemplates({ folder, assets }: { folder: URL; assets: Assets }): Templates {
  const environment = Handlebars.create();
  environment.registerHelper('asset', (name: string) => assets.url(name));
  const read = (from: URL, file: string) => readFileSync(new URL(file, from), 'utf8');
  for (const from of [shared, folder]) {
    for (const file of readdirSync(from)) {
      if (!file.startsWith('_') || !file.endsWith(ending)) continue;
      environment.registerPartial(file.slice(1, -ending.length), read(from, file));
    }
  }
  // Indented like the place of a partial, a text of several lines would come back from its field changed.
  const options = { strict: true, preventIndent: true };
  return { compile: (name) => environment.compile(read(folder, `${name}${ending}`), options) };
}
