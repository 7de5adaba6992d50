import { html, type Markup } from '../markup.ts';

interface Page {
  title: string;
  /** A message is open: on a narrow screen it takes the place of the list. */
  reading: boolean;
  header: Markup;
  list: Markup;
  pane: Markup;
}

/** The frame of every page. No script or style stands in it: the policy of the page forbids both. */
export function layout({ title, reading, header, list, pane }: Page): Markup {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/inbox.css">
<script src="/inbox.js" type="module"></script>
</head>
<body class="${reading ? 'reading' : 'browsing'}">
<a class="skip" href="#pane">Skip to the message</a>
<header class="bar">${header}</header>
<nav class="list" aria-label="Messages">${list}</nav>
<main class="pane" id="pane" tabindex="-1">${pane}</main>
</body>
</html>
`;
}
