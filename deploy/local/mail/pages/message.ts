import { html, type Markup } from '../markup.ts';
import type { Attachment, MessageParts } from '../message.ts';
import type { StoredMessage } from '../store.ts';
import type { Pane } from './inbox.ts';
import { fullTime } from './time.ts';

export const PARTS = ['html', 'text', 'headers', 'attachments'] as const;
export type Part = (typeof PARTS)[number];

const LABELS: Record<Part, string> = {
  html: 'HTML',
  text: 'Text',
  headers: 'Headers',
  attachments: 'Attachments',
};

interface Wish {
  part: Part | undefined;
  /** Kept in the links, so that the list stays as it is. */
  search: string;
}

export function messagePane(message: StoredMessage, parts: MessageParts, wish: Wish): Pane {
  const { id, envelope, received_at } = message;
  const subject = message.subject || 'No subject';
  const there = PARTS.filter((part) => hasPart(parts, part));
  const part = there.find((known) => known === wish.part) ?? there[0] ?? 'headers';
  const header = (wanted: string) => parts.headers.find(({ name }) => name === wanted)?.value;
  const query = (extra: Record<string, string>) => {
    const all = new URLSearchParams({ ...(wish.search && { q: wish.search }), ...extra });
    return all.size > 0 ? `?${all}` : '';
  };
  const content = html`
<article class="message">
  <a class="back" href="/${query({})}">All messages</a>
  <h1 dir="auto">${subject}</h1>
  <dl class="facts">
    <dt>From</dt><dd dir="auto">${header('from') ?? 'not said'}</dd>
    <dt>To</dt><dd dir="auto">${header('to') ?? 'not said'}</dd>
    <dt>Envelope</dt><dd dir="auto">${envelope.from || '<>'} → ${envelope.to.join(', ')}</dd>
    <dt>Received</dt><dd>${fullTime(received_at)}</dd>
  </dl>
  <nav class="tabs" aria-label="Parts of the message">
    ${there.map(
      (known) => html`<a href="/view/${id}${query({ part: known })}"${
        known === part && html` aria-current="page"`
      }>${LABELS[known]}${known === 'attachments' && ` (${parts.attachments.length})`}</a>
    `,
    )}
    <a class="raw" href="/messages/${id}/raw" target="_blank">Source</a>
  </nav>
  <div class="part">${showPart(id, parts, part)}</div>
</article>`;
  return { id, title: subject, content };
}

/** For a link to a message that was deleted. */
export function missingPane(): Pane {
  return {
    title: 'Not found',
    content: html`
<div class="welcome">
  <h1>This message is gone</h1>
  <p>The inbox was emptied, or newer messages took its place.</p>
  <p><a href="/">All messages</a></p>
</div>`,
  };
}

function hasPart({ text, html, attachments }: MessageParts, part: Part): boolean {
  if (part === 'html') return html !== null;
  if (part === 'text') return text !== null;
  return part === 'headers' || attachments.length > 0;
}

function showPart(id: string, parts: MessageParts, part: Part): Markup {
  switch (part) {
    case 'html':
      return html`<iframe src="/messages/${id}/html" title="The message as HTML"
        sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"></iframe>`;
    case 'text':
      return html`<pre dir="auto">${parts.text}</pre>`;
    case 'headers':
      return html`<div class="scroll"><table><tbody>${parts.headers.map(
        ({ name, value }) => html`<tr><th scope="row">${name}</th><td dir="auto">${value}</td></tr>`,
      )}</tbody></table></div>`;
    case 'attachments':
      return html`<ul class="files">${parts.attachments.map((file, index) => fileRow(id, file, index))}</ul>`;
  }
}

function fileRow(id: string, { filename, content_type, size }: Attachment, index: number): Markup {
  return html`
<li><a href="/messages/${id}/attachments/${index}" download dir="auto">${filename ?? 'Without a name'}</a>
  <span>${content_type}, ${readableSize(size)}</span></li>`;
}

function readableSize(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
