// @ts-check
import { askPage } from './ask.js';
import { findCard } from './cards.js';
import { say } from './say.js';

/**
 * Brings the next cards of a column when its end comes near, or when the link is followed. A column that does
 * not scroll by itself (on a phone) waits for the link: the page would never end.
 *
 * @param {HTMLElement} board
 */
export function loadAsScrolled(board) {
  /** @param {HTMLElement} column */
  const load = async (column) => {
    const more = column.querySelector('[data-more]');
    const link = more?.querySelector('a');
    const list = column.querySelector('[data-cards]');
    if (!more || !link || !list || more.hasAttribute('aria-busy')) return;
    more.setAttribute('aria-busy', 'true');
    try {
      const page = await askPage(link.href);
      const hadFocus = more.contains(document.activeElement);
      const before = list.lastElementChild;
      for (const card of page.querySelectorAll('[data-cards] > [data-card]')) {
        // One that came by itself meanwhile is there already.
        if (!findCard(board, /** @type {HTMLElement} */ (card).dataset.card ?? '')) list.append(card);
      }
      const next = page.querySelector('[data-more] a')?.getAttribute('href');
      if (next) link.href = next;
      else more.remove();
      if (hadFocus) {
        /** @type {HTMLElement | null | undefined} */ (
          before?.nextElementSibling?.querySelector('a')
        )?.focus();
      }
      board.dispatchEvent(new CustomEvent('cards'));
    } catch {
      say(board.dataset.failed ?? '', { fault: true });
    } finally {
      more.removeAttribute('aria-busy');
    }
  };

  for (const column of /** @type {NodeListOf<HTMLElement>} */ (board.querySelectorAll('[data-column]'))) {
    const list = /** @type {HTMLElement | null} */ (column.querySelector('[data-cards]'));
    column.querySelector('[data-more] a')?.addEventListener('click', (event) => {
      event.preventDefault();
      void load(column);
    });
    list?.addEventListener(
      'scroll',
      () => {
        if (list.scrollHeight - list.scrollTop - list.clientHeight < list.clientHeight) void load(column);
      },
      { passive: true },
    );
  }
}
