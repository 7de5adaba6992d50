import { readFile } from 'node:fs/promises';
import { readParts } from './message.ts';
import { inboxPage } from './pages/inbox.ts';
import { messagePane, missingPane, PARTS } from './pages/message.ts';
import { page, plain, seeOther } from './reply.ts';
import type { Route } from './router.ts';
import type { MailStore } from './store.ts';

/** Pages for people, which work without their script too. */
export function pageRoutes(store: MailStore, smtpUrl: string): Route[] {
  const inbox = (query: URLSearchParams) => ({
    messages: store.list(),
    search: (query.get('q') ?? '').trim(),
    smtpUrl,
  });
  return [
    { method: 'GET', path: /^\/$/, handle: ({ query }) => page(inboxPage(inbox(query))) },
    {
      method: 'GET',
      path: /^\/view\/(\w+)$/,
      async handle({ params: [id = ''], query }) {
        const { search, ...rest } = inbox(query);
        const message = store.find(id);
        const raw = message && (await store.raw(id));
        if (!raw) return page(inboxPage({ search, ...rest, open: missingPane() }), 404);
        const part = PARTS.find((known) => known === query.get('part'));
        const open = messagePane(message, await readParts(raw), { part, search });
        return page(inboxPage({ search, ...rest, open }));
      },
    },
    {
      method: 'POST',
      path: /^\/clear$/,
      async handle() {
        await store.clear();
        return seeOther('/');
      },
    },
    asset('inbox.css', 'text/css; charset=utf-8'),
    asset('inbox.js', 'text/javascript; charset=utf-8'),
    asset('icon.svg', 'image/svg+xml'),
  ];
}

function asset(name: string, type: string): Route {
  const file = new URL(`./assets/${name}`, import.meta.url);
  return {
    method: 'GET',
    path: new RegExp(`^/${name.replace('.', '\\.')}$`),
    handle: async () => plain(type, await readFile(file)),
  };
}
