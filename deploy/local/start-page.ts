import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { listenError } from '@meander/runtime';
import { readDoc } from './start/docs.ts';
import { readPoints, readSpans } from './start/otlp.ts';
import { type PageLink, startPageMarkup } from './start/page.ts';
import { askService } from './start/service-states.ts';
import { createTelemetryStore } from './start/telemetry-store.ts';

export interface StartPage {
  /** Where the services send their traces and metrics to be shown. */
  url: string;
  stop(): Promise<void>;
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const asset = (path: string, type: string) => ({
  type,
  body: readFileSync(new URL(path, import.meta.url)),
});
const assets: Readonly<Record<string, { type: string; body: Buffer }>> = {
  '/start.css': asset('./start/assets/start.css', 'text/css'),
  '/start.js': asset('./start/assets/start.js', 'text/javascript'),
  '/icon.svg': asset('./mail/assets/icon.svg', 'image/svg+xml'),
};

/** A batch of spans has some hundred kilobytes; more than this is none. */
const bodyLimit = 8 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A page elsewhere could point a name of its own at 127.0.0.1; its requests carry that name. */
const isLocal = (host: string | undefined) => /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host ?? '');

/**
 * `GET /`: one page that links what a local start offers and shows what happens in it, from the OTLP (in JSON)
 * that the services send to the same port. Nothing is kept on disk, and nothing is fetched from elsewhere.
 *
 * @throws ListenError
 */
export function startPage({
  port,
  links,
  services,
  tracesGoTo,
}: {
  port: number;
  links: readonly PageLink[];
  /** The services by name, with their URLs. */
  services: Readonly<Record<string, string>>;
  tracesGoTo?: string | undefined;
}): Promise<StartPage> {
  const store = createTelemetryStore();

  /** Status, type and body of the answer. */
  const take = async (path: string, request: IncomingMessage): Promise<[number, string, string]> => {
    // A form or a script of another site cannot send this type without asking first, which is not answered here.
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
      return [415, 'text/plain', 'OTLP is taken as application/json.\n'];
    const body = await readBody(request);
    if (body === undefined) return [413, 'text/plain', 'Too large.\n'];
    try {
      if (path === '/v1/traces') store.addSpans(readSpans(body));
      else store.setPoints(readPoints(body));
      return [200, 'application/json', '{}'];
    } catch {
      return [400, 'text/plain', 'This is no OTLP.\n'];
    }
  };

  const show = async (path: string): Promise<[number, string, string | Buffer]> => {
    if (path === '/') {
      const states = await Promise.all(Object.entries(services).map(([name, url]) => askService(name, url)));
      return [200, 'text/html', startPageMarkup({ links, services: states, store, tracesGoTo }).text];
    }
    const found = Object.hasOwn(assets, path) ? assets[path] : undefined;
    if (found) return [200, found.type, found.body];
    const doc = readDoc(path);
    return doc === undefined ? [404, 'text/plain', 'There is nothing here.\n'] : [200, 'text/plain', doc];
  };

  const answer = async (request: IncomingMessage): Promise<[number, string, string | Buffer]> => {
    if (!isLocal(request.headers.host)) return [421, 'text/plain', 'Ask for localhost.\n'];
    const path = URL.parse(request.url ?? '', 'http://localhost')?.pathname ?? '';
    const isSink = path === '/v1/traces' || path === '/v1/metrics';
    if (isSink && request.method === 'POST') return take(path, request);
    if (!isSink && (request.method === 'GET' || request.method === 'HEAD')) return show(path);
    return [405, 'text/plain', 'Not possible here.\n'];
  };

  const server: Server = createServer((request, response) => {
    answer(request)
      .catch((): [number, string, string] => [500, 'text/plain', 'The start page failed at this.\n'])
      .then(([status, type, body]) => {
        response.writeHead(status, {
          'Content-Type': `${type}; charset=utf-8`,
          'Content-Security-Policy': policy,
          'X-Content-Type-Options': 'nosniff',
          'Referrer-Policy': 'no-referrer',
          'Cache-Control': 'no-store',
        });
        response.end(request.method === 'HEAD' ? undefined : body);
      });
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(listenError(error, { host: '127.0.0.1', port, variable: 'START_PORT' })),
    );
    server.listen(port, '127.0.0.1', () => {
      const { port: taken } = server.address() as { port: number };
      resolve({
        url: `http://127.0.0.1:${taken}`,
        stop: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}
