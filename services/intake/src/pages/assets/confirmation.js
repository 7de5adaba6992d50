// @ts-check
/** Follows the mail on its way: the page says by itself what became of it. */
import { followHeight } from './frame.js';

const first = 1_000;
const most = 15_000;
/** After this the mail waits for longer than anybody looks at the page. */
const lookFor = 30 * 60_000;

const mailOf = (/** @type {ParentNode} */ page) =>
  /** @type {HTMLElement | null} */ (page.querySelector('[data-state]'));

/** Puts in what has changed: the words, and whether the mail can be asked for once more. */
function show(/** @type {Document} */ page) {
  const [shown, now] = [mailOf(document), mailOf(page)];
  if (!shown || !now) return;
  shown.dataset.state = now.dataset.state;
  // Said aloud only where it is something else than before.
  if (shown.textContent !== now.textContent) shown.textContent = now.textContent;
  const [offer, newOffer] = [document.querySelector('.resend'), page.querySelector('.resend')];
  if (offer && newOffer) offer.replaceWith(document.adoptNode(newOffer));
}

/** @param {number} wait @param {number} left */
function lookAgain(wait, left) {
  if (left <= 0) return;
  setTimeout(async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
      if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), 'text/html'));
      if (mailOf(document)?.dataset.state !== 'pending') return;
    } catch {
      // Away for the moment: the next look may find it.
    }
    lookAgain(Math.min(most, wait * 1.5), left - wait);
  }, wait);
}

if (mailOf(document)?.dataset.state === 'pending') lookAgain(first, lookFor);
if (document.body.classList.contains('embedded')) followHeight();
