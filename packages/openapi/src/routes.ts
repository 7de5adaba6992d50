import type { Routes } from '@meander/runtime';
import type { Assets } from '@meander/web';
import { createOpenApi } from './document.ts';
import type { Api } from './operation.ts';
import { type Beside, createDocsPage } from './page.ts';

const caching = 'public, max-age=300';

/** The folder of the page's style sheet, for `createAssets`. */
export const docsAssets = new URL('./assets/', import.meta.url);

/** `/openapi.json` and `/docs`. Open to all: they tell of nobody. @param assets made with `docsAssets` among its folders */
export function docsRoutes(api: Api, assets: Assets, beside: readonly Beside[] = []): Routes {
  const document = createOpenApi(api);
  const page = createDocsPage(api, assets, beside);
  return {
    '/openapi.json': { get: (_req, res) => void res.set('Cache-Control', caching).json(document) },
    '/docs': { get: (_req, res) => void res.set('Cache-Control', caching).type('html').send(page) },
  };
}
