import type { IncomingMessage } from 'node:http';
import { problem, type Reply } from './reply.ts';

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  path: RegExp;
  /** `params` is what the groups of the path took. */
  handle(request: { params: string[]; query: URLSearchParams }): Reply | Promise<Reply>;
}

/** Finds the route, or says what is wrong with the request. */
export async function answer(routes: Route[], request: IncomingMessage): Promise<Reply> {
  if (!isLocal(request.headers.host)) {
    return problem(421, 'This server answers only to the names localhost, 127.0.0.1 and [::1].');
  }
  const url = URL.parse(request.url ?? '', 'http://localhost');
  const here = routes.filter(({ path }) => url && path.test(url.pathname));
  if (!url || here.length === 0) return problem(404, 'There is nothing at this address.');
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const route = here.find((candidate) => candidate.method === method);
  if (!route) {
    const allow = here.flatMap((candidate) =>
      candidate.method === 'GET' ? ['GET', 'HEAD'] : candidate.method,
    );
    return problem(405, `${request.method} is not possible here.`, { allow: allow.join(', ') });
  }
  if (method !== 'GET' && !isSameOrigin(request)) {
    return problem(403, 'A page of another site may change nothing here.');
  }
  const params = route.path.exec(url.pathname)?.slice(1) ?? [];
  return route.handle({ params, query: url.searchParams });
}

/**
 * A page elsewhere could point a host name of its own at 127.0.0.1 and then read the mails as its own site's
 * (DNS rebinding). Its requests carry that name.
 */
function isLocal(host: string | undefined): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host ?? '');
}

/** A browser names the page that asks for a change; a program names none. */
function isSameOrigin({ headers }: IncomingMessage): boolean {
  return headers.origin === undefined || headers.origin === `http://${headers.host}`;
}
