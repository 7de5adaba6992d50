import { createServer, type Server } from 'node:http';
import { PortTakenError } from '@meander/runtime';

export interface StartPageLink {
  title: string;
  url: string;
  text: string;
}

const style = `
:root { color-scheme: light dark; font: 17px/1.55 system-ui, sans-serif; }
body { max-width: 42rem; margin: 0 auto; padding: 3rem 1.25rem; }
h1 { margin: 0 0 .5rem; } ul { padding: 0; list-style: none; display: grid; gap: .75rem; }
li { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: .6rem; padding: .9rem 1.1rem; }
a { font-weight: 600; } p { margin: .15rem 0 0; opacity: .75; }`;

function page(links: readonly StartPageLink[]): string {
  const items = links.map(({ title, url, text }) => `<li><a href="${url}">${title}</a><p>${text}</p></li>`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Meander Leads, local</title><link rel="stylesheet" href="/style.css"></head>
<body><h1>Meander Leads</h1><p>Everything that runs on this machine.</p><ul>${items.join('')}</ul></body></html>`;
}

/** One page that links what a local start offers. */
export function startPage(port: number, links: readonly StartPageLink[]): Promise<{ stop(): Promise<void> }> {
  const html = page(links);
  const server: Server = createServer((req, res) => {
    const isStyle = req.url === '/style.css';
    const found = isStyle || req.url === '/';
    res.writeHead(found ? 200 : 404, {
      'Content-Type': `text/${isStyle ? 'css' : found ? 'html' : 'plain'}; charset=utf-8`,
      'Content-Security-Policy': "default-src 'none'; style-src 'self'",
    });
    res.end(isStyle ? style : found ? html : 'There is nothing here.\n');
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortTakenError('127.0.0.1', port, 'START_PORT') : error),
    );
    server.listen(port, '127.0.0.1', () =>
      resolve({
        stop: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      }),
    );
  });
}
