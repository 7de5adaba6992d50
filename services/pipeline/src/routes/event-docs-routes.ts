import type { Routes } from '@meander/runtime';
import { createAsyncApi } from '../openapi/events.ts';

/** `/asyncapi.json`: the events on RabbitMQ. Open to all: it tells of nobody. */
export function eventDocsRoutes(): Routes {
  const document = createAsyncApi();
  return {
    '/asyncapi.json': {
      get: (_req, res) => void res.set('Cache-Control', 'public, max-age=300').json(document),
    },
  };
}
