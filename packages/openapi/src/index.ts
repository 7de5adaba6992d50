/** How an API is described: OpenAPI 3.1 for programs, a page for people. Three services, one way. */

export { createOpenApi, type OpenApi } from './document.ts';
export { exampleContact } from './example.ts';
export type { Answer, Api, Operation, Parameter } from './operation.ts';
export { docsAssets, docsRoutes } from './routes.ts';
export { choice, count, id, input, list, object, orNull, ref, text, time } from './shapes.ts';
