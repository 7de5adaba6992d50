import { html, type Markup } from '../markup.ts';
import type { StoredMessage } from '../store.ts';
import { layout } from './layout.ts';
import { shortTime } from './time.ts';

/** What fills the right-hand side. */
export interface Pane {
  title: string;
  content: Markup;
  /** The message that it shows. */
  id?: string;
}

interface Inbox {
  messages: StoredMessage[];
  search: string;
  smtpUrl: string;
  open?: Pane;
}

/** More would make the page slow, and nobody reads so far: that is what the search is for. */
const SHOWN = 200;

/** Parts with `data-live` are replaced by the page's script when the inbox has changed. */
export function inboxPage({ messages, search, smtpUrl, open }: Inbox): Markup {
  const found = messages.filter(matches(search));
  return layout({
    title: open ? `${open.title} · Mail catcher` : 'Mail catcher',
    reading: open !== undefined,
    header: header(messages.length, search),
    list: html`
<p class="count" id="count" role="status" data-live>${count(messages.length, found.length, search)}</p>
<div class="rows" id="rows" data-live>${found.length > 0 ? rows(found, search, open?.id) : nothing(search, smtpUrl)}</div>`,
    pane: open?.content ?? welcome(messages.length, smtpUrl),
  });
}

function header(total: number, search: string): Markup {
  return html`
<a class="brand" href="/"><img src="/icon.svg" alt="" width="24" height="24"> Mail catcher</a>
<form class="search" action="/" role="search">
  <input type="search" name="q" value="${search}" placeholder="Search" aria-label="Search sender, recipient, subject">
</form>
<div class="empty" id="empty" data-live>${
    total > 0 &&
    html`<details>
  <summary>Empty</summary>
  <form method="post" action="/clear"><button>Delete ${total === 1 ? 'the message' : `all ${total}`}</button></form>
</details>`
  }</div>`;
}

function count(total: number, found: number, search: string): string {
  const shown = found > SHOWN ? `, the newest ${SHOWN} shown` : '';
  if (search) return `${found} of ${total} match “${search}”${shown}`;
  return `${total} ${total === 1 ? 'message' : 'messages'}${shown}`;
}

function rows(found: StoredMessage[], search: string, openId?: string): Markup {
  const query = search && `?${new URLSearchParams({ q: search })}`;
  const row = ({ id, envelope, subject, received_at }: StoredMessage) => html`
<li><a class="row" href="/view/${id}${query}"${id === openId && html` aria-current="page"`}>
  <span class="to" dir="auto">${envelope.to.join(', ') || 'nobody'}</span>
  ${shortTime(received_at)}
  <span class="subject" dir="auto">${subject || 'No subject'}</span>
  <span class="from" dir="auto">${envelope.from ? `from ${envelope.from}` : 'no sender'}</span>
</a></li>`;
  return html`<ol>${found.slice(0, SHOWN).map(row)}</ol>`;
}

function nothing(search: string, smtpUrl: string): Markup {
  if (search) return html`<p class="none">Nothing matches. <a href="/">Show all</a></p>`;
  return html`<p class="none">Nothing yet. <span class="hint">Mail goes to <code>${smtpUrl}</code>.</span></p>`;
}

function welcome(total: number, smtpUrl: string): Markup {
  const heading = total > 0 ? 'Select a message' : 'No mail yet';
  return html`
<div class="welcome">
  <img src="/icon.svg" alt="" width="56" height="56">
  <div id="welcome" data-live><h1>${heading}</h1></div>
  <p>What is sent to <code>${smtpUrl}</code> appears here and is not delivered.</p>
</div>`;
}

function matches(search: string): (message: StoredMessage) => boolean {
  const wanted = search.toLowerCase();
  return ({ envelope, subject }) =>
    [envelope.from, ...envelope.to, subject].some((text) => text.toLowerCase().includes(wanted));
}
