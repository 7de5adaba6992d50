// @ts-check
const shownFor = 12_000;
let timer = 0;

/**
 * Tells the person what has happened: in the live region, which a screen reader speaks and everybody sees.
 *
 * @param {string} text
 * @param {{ fault?: boolean }} [options]
 */
export function say(text, { fault = false } = {}) {
  const region = document.querySelector('[data-say]');
  if (!region) return;
  // The same words twice would not be spoken a second time.
  region.textContent = '';
  region.classList.toggle('fault', fault);
  requestAnimationFrame(() => {
    region.textContent = text;
  });
  clearTimeout(timer);
  timer = setTimeout(() => {
    region.textContent = '';
  }, shownFor);
}
