import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { apiRoutes } from './api-routes.ts';
import { pageRoutes } from './page-routes.ts';
import { problem, type Reply } from './reply.ts';
import { answer } from './router.ts';
import type { MailStore } from './store.ts';

/** The inbox: a page for people and JSON for programs. */
export function createWebServer(store: MailStore, smtpUrl: string): Server {
  const routes = [...apiRoutes(store), ...pageRoutes(store, smtpUrl)];
  const boot = Date.now().toString(36);
  return createServer((request, response) => {
    // Taken before the answer is made: one that misses a mail must not bear the tag of one that has it.
    const tag = `"${boot}-${store.revision}"`;
    answer(routes, request)
      .catch(() => problem(500, 'The mail catcher failed at this.'))
      .then((reply) => send(request, response, reply, tag));
  });
}

/**
 * The tag is the whole inbox's and changes whenever that does: the page's script asks often, and mostly hears
 * "not modified".
 */
function send(request: IncomingMessage, response: ServerResponse, reply: Reply, tag: string): void {
  const { status, headers, body } = reply;
  const unchanged = status === 200 && request.headers['if-none-match'] === tag;
  response.writeHead(unchanged ? 304 : status, {
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(status === 200 && { etag: tag }),
    ...headers,
    ...(!unchanged && status !== 204 && { 'content-length': Buffer.byteLength(body) }),
  });
  response.end(unchanged || request.method === 'HEAD' ? undefined : body);
}
