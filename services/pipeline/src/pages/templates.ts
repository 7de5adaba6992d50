import { docsAssets } from '@meander/openapi';
import { createAssets, createTemplates } from '@meander/web';

/** What the board's pages load, and how they are compiled. */
export const assets = createAssets(new URL('./assets/', import.meta.url), docsAssets);
export const templates = createTemplates({ folder: new URL('./', import.meta.url), assets });
