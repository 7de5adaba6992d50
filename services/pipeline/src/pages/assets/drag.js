// @ts-check
import { moveCard } from './move.js';

/**
 * Drags cards onto columns. While one is dragged, the columns that take it stand out, the others step back.
 *
 * @param {HTMLElement} board
 */
export function offerDrag(board) {
  /** @type {HTMLElement | undefined} */
  let dragged;
  const columns = /** @type {HTMLElement[]} */ ([...board.querySelectorAll('[data-column]')]);
  const takes = (/** @type {HTMLElement} */ column) =>
    (dragged?.dataset.moves ?? '').split(' ').includes(column.dataset.column ?? '');
  const columnOf = (/** @type {Event} */ event) =>
    /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest('[data-column]'));

  const makeDraggable = () => {
    for (const card of board.querySelectorAll('[data-card]:not([draggable])')) {
      const isOffered = /** @type {HTMLElement} */ (card).dataset.moves !== '';
      card.setAttribute('draggable', String(isOffered));
      // A link is dragged as its address otherwise.
      card.querySelector('a')?.setAttribute('draggable', 'false');
    }
  };
  const end = () => {
    dragged?.classList.remove('dragged');
    dragged = undefined;
    for (const column of columns) column.classList.remove('takes', 'refuses', 'over');
  };

  board.addEventListener('dragstart', (event) => {
    const card = /** @type {HTMLElement} */ (event.target).closest?.('[data-card]');
    if (!card || !event.dataTransfer) return;
    dragged = /** @type {HTMLElement} */ (card);
    event.dataTransfer.effectAllowed = 'move';
    event.dataTransfer.setData('text/plain', dragged.dataset.name ?? '');
    dragged.classList.add('dragged');
    for (const column of columns) {
      const isHome = column.contains(dragged);
      column.classList.toggle('takes', takes(column));
      column.classList.toggle('refuses', !takes(column) && !isHome);
    }
  });
  board.addEventListener('dragover', (event) => {
    const column = columnOf(event);
    for (const one of columns) one.classList.toggle('over', one === column);
    if (dragged && column && takes(column)) event.preventDefault();
  });
  board.addEventListener('drop', (event) => {
    const column = columnOf(event);
    const card = dragged;
    end();
    if (!card || !column) return;
    event.preventDefault();
    void moveCard(board, card, column.dataset.column ?? '');
  });
  board.addEventListener('dragend', end);
  board.addEventListener('cards', makeDraggable);
  makeDraggable();
}
