import { readFileSync } from 'node:fs';
import { docsAssets } from '@meander/openapi';
import type { Routes } from '@meander/runtime';
import { createAssets, createTemplates } from '@meander/web';

/** What the pages load, and how they are compiled. */
export const assets = createAssets(new URL('./assets/', import.meta.url), docsAssets);
export const templates = createTemplates({ folder: new URL('./', import.meta.url), assets });

const embedScript = readFileSync(new URL('./embed.js', import.meta.url));

/** The assets, and the script that other sites load: by one address for ever, so it is kept for minutes only. */
export const pageAssets: Routes = {
  ...assets.routes,
  '/embed.js': {
    get: (_req, res) => {
      // Helmet's default keeps other sites from loading anything, which is what this is for.
      res.set({ 'Cross-Origin-Resource-Policy': 'cross-origin', 'Cache-Control': 'public, max-age=300' });
      res.type('text/javascript').send(embedScript);
    },
  },
};
