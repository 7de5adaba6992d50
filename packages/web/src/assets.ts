import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { Problem, type Routes } from '@meander/runtime';

/** The style sheets and modules that pages load. */
export interface Assets {
  /** The address of a file, which changes whenever any of the files does. @throws Error for an unknown name */
  url(name: string): string;
  routes: Routes;
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const shared = new URL('./assets/', import.meta.url);

function readFolder(folder: URL): [string, Buffer][] {
  return readdirSync(folder)
    .filter((name) => extname(name) in types)
    .map((name) => [name, readFileSync(new URL(name, folder))]);
}

/**
 * Serves the shared assets and those of a service under one folder that is named by the hash of them all, so
 * that modules import each other by relative paths and a browser keeps them for ever. While two versions run
 * side by side, a page of the one may ask the other: it gets what is there, and does not keep it.
 */
export function createAssets(...folders: URL[]): Assets {
  const files = new Map([shared, ...folders].flatMap(readFolder));
  const hash = createHash('sha256');
  for (const [name, content] of files) hash.update(`${name}\n${content.length}\n`).update(content);
  const version = hash.digest('base64url').slice(0, 12);
  return {
    url(name) {
      if (!files.has(name)) throw new Error(`there is no asset ${name}`);
      return `/assets/${version}/${name}`;
    },
    routes: {
      '/assets/:version/:name': {
        get: (req, res) => {
          const name = String(req.params.name);
          const content = files.get(name);
          if (!content) throw new Problem('not-found');
          const isCurrent = req.params.version === version;
          res
            .set('Cache-Control', isCurrent ? 'public, max-age=31536000, immutable' : 'no-cache')
            .set('Content-Type', types[extname(name)] ?? 'application/octet-stream')
            .send(content);
        },
      },
    },
  };
}
