// @ts-check
/** Follows the mail on its way: the page says by itself when it was sent. */
import { followHeight } from './frame.js';

const mail = /** @type {HTMLElement | null} */ (document.querySelector('[data-state]'));
const first = 1_000;
const most = 15_000;
/** After this the mail waits for longer than anybody looks at the page. */
const lookFor = 30 * 60_000;

/** @param {HTMLElement} shown @param {number} wait @param {number} left */
function lookAgain(shown, wait, left) {
  if (left <= 0) return;
  setTimeout(async () => {
    try {
      const answer = await fetch(`/confirmations/${shown.dataset.ref}`, {
        headers: { Accept: 'application/json' },
      });
      const { state } = await answer.json();
      const text = shown.dataset[/** @type {string} */ (state)];
      if (answer.ok && state !== 'pending' && text) {
        shown.dataset.state = state;
        shown.textContent = text;
        return;
      }
    } catch {
      // Away for the moment: the next look may find it.
    }
    lookAgain(shown, Math.min(most, wait * 1.5), left - wait);
  }, wait);
}

if (mail?.dataset.state === 'pending') lookAgain(mail, first, lookFor);
if (document.body.classList.contains('embedded')) followHeight();
