// @ts-check
/** The booking form, better with scripts: it answers without a reload, and never books twice. */

import { clearFaults, showFaults, showNotice } from './faults.js';
import { followHeight } from './frame.js';
import { offerCorrection } from './mail-domain.js';
import { send } from './send.js';

const form = /** @type {HTMLFormElement | null} */ (document.querySelector('form[data-booking]'));
const isEmbedded = document.body.classList.contains('embedded');

// A page that came back with faults leads there at once, also where autofocus is not obeyed.
/** @type {HTMLElement | null} */ (document.querySelector('[role="alert"][tabindex]'))?.focus();

if (form) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('button[type="submit"]'));
  const email = /** @type {HTMLInputElement} */ (form.elements.namedItem('email'));
  let isSending = false;

  offerCorrection(email, form.dataset);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isSending) return;
    isSending = true;
    // Not `disabled`: that would take the focus away.
    button.setAttribute('aria-disabled', 'true');
    clearFaults(form);
    const outcome = await send(form);
    isSending = false;
    button.removeAttribute('aria-disabled');
    switch (outcome.kind) {
      case 'accepted':
        location.assign(
          `/confirmation/${outcome.maskedRef}?lang=${document.documentElement.lang}${isEmbedded ? '&embed=1' : ''}`,
        );
        break;
      case 'invalid':
        showFaults(form, outcome.errors);
        break;
      case 'limited':
        showNotice(form, (form.dataset.limited ?? '').replace('{}', String(outcome.minutes)));
        break;
      default:
        showNotice(form, form.dataset.failed ?? '');
    }
  });
}

if (isEmbedded) followHeight();
