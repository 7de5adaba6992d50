// @ts-check
import { askJson, askPage } from './ask.js';
import { refresh } from './cards.js';
import { say } from './say.js';

const finals = new Set(['converted', 'lost']);

/**
 * Moves a lead as the person saw it, tells what became of it, and shows it where it is now.
 *
 * @param {HTMLElement} board @param {string} id @param {URLSearchParams} form
 * @returns {Promise<Record<string, string> | undefined>} the faults by field, where the form has some
 */
async function send(board, id, form) {
  const { status, body } = await askJson(`/board/leads/${id}/move`, form);
  if (status === 401) {
    say(board.dataset.signedOut ?? '', { fault: true });
    return undefined;
  }
  if (status === 422) {
    return Object.fromEntries(body.errors.map((/** @type {any} */ { field, message }) => [field, message]));
  }
  say(body.message ?? board.dataset.failed ?? '', { fault: status !== 200 });
  await refresh(board, [id], { keep: id });
  return undefined;
}

/**
 * Asks before a final move, with the form of its own page.
 *
 * @param {HTMLElement} board @param {string} id @param {string} to @param {HTMLElement | null} returnTo
 */
async function ask(board, id, to, returnTo) {
  const page = await askPage(`/board/leads/${id}/move?to=${to}`);
  const form = /** @type {HTMLFormElement | null} */ (page.querySelector('[data-ask]'));
  if (!form) throw new Error('no form');
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-labelledby', 'ask-title');
  dialog.append(form);
  document.body.append(dialog);
  form.querySelector('[data-cancel]')?.addEventListener('click', (event) => {
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (returnTo?.isConnected) returnTo.focus();
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const faults = await send(board, id, fieldsOf(form)).catch(() => failed(board));
    if (!faults) {
      // The card has the focus by now, wherever it is.
      const focused = document.querySelector(`[data-card="${id}"] a`);
      returnTo = /** @type {HTMLElement | null} */ (focused) ?? returnTo;
      dialog.close();
    } else showFaults(form, faults);
  });
  dialog.showModal();
}

/** @param {HTMLElement} board */
function failed(board) {
  say(board.dataset.failed ?? '', { fault: true });
  return undefined;
}

/** @param {HTMLFormElement} form */
function fieldsOf(form) {
  return new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}

/** @param {HTMLFormElement} form @param {Record<string, string>} faults */
function showFaults(form, faults) {
  for (const place of form.querySelectorAll('[data-fault]')) {
    const name = /** @type {HTMLElement} */ (place).dataset.fault ?? '';
    place.textContent = faults[name] ?? '';
    form.querySelector(`[name="${name}"]`)?.setAttribute('aria-invalid', String(name in faults));
  }
  /** @type {HTMLElement | null} */ (form.querySelector('[aria-invalid="true"]'))?.focus();
}

/**
 * Moves a card to a status, by whatever way: asks first where it is final, says so where it cannot be.
 *
 * @param {HTMLElement} board @param {HTMLElement} card @param {string} to
 */
export async function moveCard(board, card, to) {
  const { card: id = '', status = '', moves = '' } = card.dataset;
  if (!moves.split(' ').includes(to)) {
    say(board.dataset.notThere ?? '', { fault: true });
    return;
  }
  try {
    if (finals.has(to)) await ask(board, id, to, card.querySelector('a'));
    else await send(board, id, new URLSearchParams({ from: status, to }));
  } catch {
    failed(board);
  }
}

/** The menus of the cards. @param {HTMLElement} board */
export function takeMoves(board) {
  board.addEventListener('submit', (event) => {
    const form = /** @type {HTMLElement} */ (event.target);
    const card = /** @type {HTMLElement | null} */ (form.closest('[data-card]'));
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (!card || !button) return;
    event.preventDefault();
    void moveCard(board, card, button.value);
  });
  board.addEventListener('click', (event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest('[data-to]');
    const card = /** @type {HTMLElement | null | undefined} */ (link?.closest('[data-card]'));
    if (!link || !card || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    void moveCard(board, card, /** @type {HTMLElement} */ (link).dataset.to ?? '');
  });
}
