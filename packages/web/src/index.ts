/** What the pages share: one design, one way to compile templates, one way to serve assets. */

export { type Assets, createAssets } from './assets.ts';
export { sameOrigin } from './same-origin.ts';
export { createTemplates, type Templates } from './templates.ts';
