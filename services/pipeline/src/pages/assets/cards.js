// @ts-check
import { askJson } from './ask.js';

/** @typedef {{ keep?: string }} RefreshOptions keep: the lead that a person has just moved; it is shown and focused wherever it is now */

/** Asked for at once; the server takes a hundred. */
const batch = 50;

/** @param {ParentNode} root @param {string} id @returns {HTMLElement | null} */
export const findCard = (root, id) => root.querySelector(`[data-card="${CSS.escape(id)}"]`);

/** @param {ParentNode} root @param {string} status @returns {HTMLElement | null} */
export const findColumn = (root, status) => root.querySelector(`[data-column="${CSS.escape(status)}"]`);

/** @param {HTMLElement} column */
export const cardsOf = (column) => /** @type {HTMLElement[]} */ ([...column.querySelectorAll('[data-card]')]);

/** @param {string} html */
function parseCard(html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  return /** @type {HTMLElement} */ (template.content.firstElementChild);
}

/** Whether `a` stands before `b` in the order of the board. @param {HTMLElement} board */
function comesBefore(board) {
  const { sort = '' } = board.dataset;
  /** @param {HTMLElement} a @param {HTMLElement} b */
  return (a, b) => {
    const order = (a.dataset.position ?? '').localeCompare(
      b.dataset.position ?? '',
      document.documentElement.lang,
    );
    return sort.startsWith('-') ? order > 0 : order < 0;
  };
}

/**
 * Puts a card where it belongs. One that belongs behind the last that is loaded comes with the next page.
 *
 * @param {HTMLElement} board @param {HTMLElement} card @param {boolean} wanted
 */
function place(board, card, wanted) {
  const column = findColumn(board, card.dataset.status ?? '');
  const list = column?.querySelector('[data-cards]');
  if (!column || !list) return;
  const before = comesBefore(board);
  const next = cardsOf(column).find((other) => before(card, other));
  if (!next && !wanted && column.querySelector('[data-more]')) return;
  list.insertBefore(card, next ?? null);
}

/** @param {HTMLElement} board @param {Record<string, number>} counts */
function showCounts(board, counts) {
  for (const [status, count] of Object.entries(counts)) {
    for (const place of document.querySelectorAll(`[data-count="${status}"]`))
      place.textContent = String(count);
    const text = findColumn(board, status)?.querySelector('[data-count-text]');
    if (text) text.textContent = (text.textContent ?? '').replace(/\d+/, String(count));
  }
}

/** What had the focus within a card, so that its successor gets it. @param {HTMLElement | null} card */
function focusWithin(card) {
  const active = document.activeElement;
  if (!card || !active || !card.contains(active)) return undefined;
  return active.matches('summary') ? 'summary' : 'a';
}

/**
 * Shows the named leads as they are now: moved, changed, new or gone.
 *
 * @param {HTMLElement} board @param {string[]} ids @param {RefreshOptions} [options]
 */
export async function refresh(board, ids, { keep } = {}) {
  for (let start = 0; start < ids.length; start += batch) {
    const asked = ids.slice(start, start + batch);
    const parameters = new URLSearchParams(board.dataset.query);
    for (const id of asked) parameters.append('id', id);
    const { status, body } = await askJson(`/board/cards?${parameters}`);
    if (status !== 200) throw new Error(String(status));
    const fresh = new Map(
      body.cards.map(parseCard).map((/** @type {HTMLElement} */ card) => [card.dataset.card, card]),
    );
    for (const id of asked) {
      const old = findCard(board, id);
      const focused = focusWithin(old) ?? (id === keep ? 'a' : undefined);
      const wasOpen =
        old?.querySelector('details')?.open && old.dataset.status === fresh.get(id)?.dataset.status;
      old?.remove();
      const card = fresh.get(id);
      if (!card) continue;
      place(board, card, id === keep || focused !== undefined);
      const menu = card.querySelector('details');
      if (wasOpen && menu) menu.open = true;
      if (focused) {
        /** @type {HTMLElement | null} */ (card.querySelector(focused))?.focus({ preventScroll: true });
        card.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      }
    }
    showCounts(board, body.counts);
    board.dispatchEvent(new CustomEvent('cards'));
  }
}
