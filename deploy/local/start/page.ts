import { html, type Markup } from '../mail/markup.ts';
import type { ServiceState } from './service-states.ts';
import type { TelemetryStore } from './telemetry-store.ts';
import { type Row, toWaterfall, type Waterfall } from './waterfall.ts';

export interface PageLink {
  title: string;
  url: string;
  text: string;
}

/** How many of the last requests are shown. */
const shown = 12;
/** The width of every bar's own coordinates. */
const scale = 1000;

/** 0.4 ms, 12 ms, 1.25 s: three digits at most. */
export function duration(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toPrecision(3)} s`;
  return `${Math.round(milliseconds / 60_000)} min`;
}

const time = (milliseconds: number) => {
  const iso = new Date(milliseconds).toISOString();
  const local = new Date(milliseconds).toLocaleTimeString('en-GB', { hour12: false });
  return html`<time datetime="${iso}">${local}</time>`;
};

/** A bar is a drawing with coordinates: the page's policy allows no style in it. It is at least wide enough to be seen. */
function bar({ span, offset, duration: length, failed }: Row, whole: number): Markup {
  const width = Math.max(4, (length / whole) * scale);
  const x = Math.min((offset / whole) * scale, scale - width);
  return html`<svg class="bar ${span.service}${failed && ' failed'}" viewBox="0 0 ${scale} 10" preserveAspectRatio="none" aria-hidden="true"><rect x="${x.toFixed(1)}" y="0" width="${width.toFixed(1)}" height="10" rx="2"/></svg>`;
}

const deepest = 6;

function row(line: Row, whole: number): Markup {
  const { span, label, depth, failed } = line;
  const code = span.attributes['meander.smtp.code'];
  return html`
<tr${failed && html` class="failed"`}>
<th scope="row" class="depth-${Math.min(depth, deepest)}"><span class="dot ${span.service}"></span>${label}${code && html` <small>${code}</small>`}<span class="hidden">, ${span.service}${failed && ', failed'}</span></th>
<td class="track">${bar(line, whole)}</td>
<td class="length">${duration(line.duration)}</td>
</tr>`;
}

function waterfall(trace: Waterfall, isOpen: boolean): Markup {
  const whole = Math.max(trace.duration, 1);
  return html`
<details id="t${trace.traceId}"${isOpen && html` open`}>
<summary>
  ${time(trace.start)}
  <span class="title">${trace.title}</span>
  <span class="status${trace.failed ? ' failed' : ''}">${trace.status || '…'}</span>
  <span class="services">${trace.services.map((name) => html`<span class="dot ${name}" title="${name}"></span>`)}<span class="hidden">${trace.services.join(', ')}</span></span>
  <span class="length">${duration(trace.duration)}</span>
</summary>
<table aria-label="What happened, in which service, and for how long">
<tbody>${trace.rows.map((line) => row(line, whole))}</tbody>
</table>
<p class="id">trace <code>${trace.traceId}</code>, the <code>trace_id</code> of the log lines</p>
</details>`;
}

function tile(
  title: string,
  value: Markup | string,
  state: 'plain' | 'good' | 'bad' = 'plain',
  text = '',
): Markup {
  return html`<div class="tile ${state}"><dt>${title}</dt><dd>${value}${text && html` <small>${text}</small>`}</dd></div>`;
}

const number = (value: number | undefined) => (value === undefined ? '–' : String(Math.round(value)));

function tiles(store: TelemetryStore): Markup {
  const oldest = store.largest('meander.outbox.oldest_age');
  const dead = store.largest('meander.queue.messages', { queue: 'meander.dead' });
  const failed = store.largest('meander.deliveries.open', { state: 'failed' });
  const retrying = store.largest('meander.deliveries.open', { state: 'retrying' });
  const mean = store.mean('meander.submission_to_sent.duration');
  const refused = store.total('meander.submissions', { outcome: 'rate_limited' });
  const bad = (value: number | undefined, limit: number) =>
    value === undefined ? 'plain' : value > limit ? 'bad' : 'good';
  return html`<dl class="tiles">
${tile('Bookings', number(store.total('meander.submissions', { outcome: 'accepted' })), 'plain', refused ? `${number(refused)} limited` : '')}
${tile('Mails sent', number(store.total('meander.deliveries', { template: 'confirmation', state: 'sent' })))}
${tile('Booking to mail', mean === undefined ? '–' : duration(mean * 1000), bad(mean, 60), mean === undefined ? '' : 'on average')}
${tile('Mails retrying', number(retrying), bad(retrying, 0))}
${tile('Mails failed', number(failed), bad(failed, 0))}
${tile('Oldest event', oldest === undefined ? '–' : oldest === 0 ? 'none' : duration(oldest * 1000), bad(oldest, 60))}
${tile('Dead letters', number(dead), bad(dead, 0))}
</dl>`;
}

const statuses = ['new', 'contacted', 'qualified', 'demo_scheduled', 'converted', 'lost'];

function leads(store: TelemetryStore): Markup {
  return html`<ol class="leads">${statuses.map(
    (status) =>
      html`<li><strong>${number(store.largest('meander.leads', { status }))}</strong> ${status.replace('_', ' ')}</li>`,
  )}</ol>`;
}

function service({ name, url, state, down }: ServiceState): Markup {
  const text = down.length > 0 ? `without ${down.join(', ')}` : state;
  return html`<li><a href="${url}/readyz" class="service ${state === 'ready' ? 'good' : 'bad'}"><span class="dot ${name}"></span>${name} <small>${text}</small></a></li>`;
}

/** The page that is seen first: is it working, how fast, what failed. Whatever stands in it is escaped. */
export function startPageMarkup({
  links,
  services,
  store,
  tracesGoTo,
}: {
  links: readonly PageLink[];
  services: readonly ServiceState[];
  store: TelemetryStore;
  /** Where traces go instead, if the environment names a collector. */
  tracesGoTo: string | undefined;
}): Markup {
  const traces = store.requests(shown).map(toWaterfall);
  // Open is the newest that went through several services: a booking's whole path at a glance.
  const open = traces.find(({ services: passed }) => passed.length > 1) ?? traces[0];
  const nothing = tracesGoTo
    ? html`<p class="none">Traces and metrics go to <code>${tracesGoTo}</code>, as the environment says.</p>`
    : html`<p class="none">Nothing yet. Book a demo, and see here what happens to it.</p>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Meander Leads on this machine</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/start.css">
<script src="/start.js" type="module"></script>
</head>
<body>
<header>
<h1><img src="/icon.svg" alt="" width="32" height="32">Meander Leads <small>on this machine</small></h1>
<ul class="states" id="states" data-live aria-label="Services">${services.map(service)}</ul>
</header>
<main>
<nav aria-label="Pages"><ul class="links">${links.map(
    ({ title, url, text }) => html`<li><a href="${url}">${title}<small>${text}</small></a></li>`,
  )}</ul></nav>
<section aria-labelledby="numbers-title">
<h2 id="numbers-title">Since the start</h2>
<div id="numbers" data-live>${tiles(store)}${leads(store)}</div>
</section>
<section aria-labelledby="traces-title">
<h2 id="traces-title">The last requests</h2>
<ul class="legend">${services.map(({ name }) => html`<li><span class="dot ${name}"></span>${name}</li>`)}</ul>
<div id="traces" data-live>${traces.length > 0 ? traces.map((trace) => waterfall(trace, trace === open)) : nothing}</div>
</section>
</main>
</body>
</html>
`;
}
