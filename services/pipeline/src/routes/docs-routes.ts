import type { Routes } from '@meander/runtime';
import { openApi } from '../openapi/document.ts';
import { docsPage, docsStyle } from '../openapi/page.ts';

const caching = 'public, max-age=300';

/** How the API is described, for programs and for people. Open to all: it tells of no lead. */
export const docsRoutes: Routes = {
  '/openapi.json': { get: (_req, res) => void res.set('Cache-Control', caching).json(openApi) },
  '/docs': { get: (_req, res) => void res.set('Cache-Control', caching).type('html').send(docsPage) },
  '/docs/page.css': {
    get: (_req, res) => void res.set('Cache-Control', caching).type('css').send(docsStyle),
  },
};
