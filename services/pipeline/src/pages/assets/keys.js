// @ts-check
import { cardsOf } from './cards.js';
import { moveCard } from './move.js';

/**
 * Arrow keys on a card's name: up and down within the column, left and right to the next column that has cards;
 * with Shift, right moves the lead one stage on. Enter opens it, as for any link; Tab goes to its menu.
 *
 * @param {HTMLElement} board
 */
export function offerKeys(board) {
  const help = document.querySelector('[data-keys]');
  if (help) /** @type {HTMLElement} */ (help).hidden = false;
  const columns = /** @type {HTMLElement[]} */ ([...board.querySelectorAll('[data-column]')]);

  /** @param {HTMLElement | undefined} card */
  const focus = (card) => {
    /** @type {HTMLElement | null | undefined} */ (card?.querySelector('a'))?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  };

  /** @param {HTMLElement} column @param {number} step @param {number} row */
  const sideways = (column, step, row) => {
    for (let at = columns.indexOf(column) + step; columns[at]; at += step) {
      const cards = cardsOf(columns[at]);
      if (cards.length > 0) return focus(cards[Math.min(row, cards.length - 1)]);
    }
  };

  board.addEventListener('keydown', (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.matches('.card-name') || event.ctrlKey || event.metaKey || event.altKey) return;
    const card = /** @type {HTMLElement} */ (target.closest('[data-card]'));
    const column = /** @type {HTMLElement} */ (card.closest('[data-column]'));
    const cards = cardsOf(column);
    const row = cards.indexOf(card);
    const act = {
      ArrowDown: () => focus(cards[row + 1]),
      ArrowUp: () => focus(cards[row - 1]),
      ArrowLeft: () => sideways(column, -1, row),
      ArrowRight: () =>
        event.shiftKey
          ? void moveCard(board, card, (card.dataset.moves ?? '').split(' ')[0] ?? '')
          : sideways(column, 1, row),
    }[event.key];
    if (!act || (event.shiftKey && event.key !== 'ArrowRight')) return;
    event.preventDefault();
    act();
  });
}
