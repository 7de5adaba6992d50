// @ts-check
/** The board, better with scripts: moves without a reload, by drag and by keys, further cards as one scrolls, live; a lead's page too. */
import { offerDrag } from './drag.js';
import { offerKeys } from './keys.js';
import { followLead } from './lead.js';
import { listen } from './live.js';
import { loadAsScrolled } from './more.js';
import { takeMoves } from './move.js';
import { keepTimes } from './since.js';

const lead = /** @type {HTMLElement | null} */ (document.querySelector('[data-lead]'));
const board = /** @type {HTMLElement | null} */ (document.querySelector('[data-board]'));

// A page that came back with faults leads there at once, also where autofocus is not obeyed.
/** @type {HTMLElement | null} */ (document.querySelector('[role="alert"][tabindex]'))?.focus();

if (board) {
  takeMoves(board);
  offerDrag(board);
  offerKeys(board);
  loadAsScrolled(board);
  listen(board);
  keepTimes(board);
}
if (lead) followLead(lead);
