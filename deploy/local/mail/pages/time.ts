import { html, type Markup } from '../markup.ts';

/**
 * An instant in the time of this machine, which is the reader's: today the time of day alone, else with the date.
 * The full instant stands in the title.
 */
export function shortTime(iso: string, now = new Date()): Markup {
  const at = new Date(iso);
  const clock = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const thisYear = at.getFullYear() === now.getFullYear();
  const date = at.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(!thisYear && { year: 'numeric' }),
  });
  const isToday = at.toDateString() === now.toDateString();
  return html`<time datetime="${iso}" title="${iso}">${isToday ? clock : `${date}, ${clock}`}</time>`;
}

export function fullTime(iso: string): Markup {
  const text = new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
  return html`<time datetime="${iso}">${text}</time>`;
}
