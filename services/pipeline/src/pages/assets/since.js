// @ts-check
/** @type {[string, number][]} */
const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** As the server says it, in `pages/times.ts`. @param {number} seconds @param {string} locale */
function inWords(seconds, locale) {
  const [unit, size] = units.find(([, least]) => seconds >= least) ?? units[2];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.max(1, Math.floor(seconds / size)),
  );
}

/** Keeps the waiting times of an open board true. @param {HTMLElement} board */
export function keepTimes(board) {
  setInterval(() => {
    for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (
      board.querySelectorAll('time[data-since]')
    )) {
      const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
      const words = inWords(seconds, document.documentElement.lang);
      const text = (time.dataset.since ?? '').replace('{}', words);
      if (time.textContent !== text) time.textContent = text;
    }
  }, 60_000);
}
