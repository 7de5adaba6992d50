// @ts-check
import { refresh } from './cards.js';

const types = [
  'LeadCreated',
  'LeadRebooked',
  'LeadStatusChanged',
  'LeadUpdated',
  'LeadErased',
  'ConfirmationSent',
  'ConfirmationFailed',
];
/** Changes within this many milliseconds are shown together, so that an import does not ask a thousand times. */
const together = 200;

/**
 * Follows the stream of changes. It tells only ids; the cards are asked for as they are.
 *
 * @param {HTMLElement} board
 */
export function listen(board) {
  /** @type {Set<string>} */
  const changed = new Set();
  let timer = 0;
  const offline = /** @type {HTMLElement | null} */ (document.querySelector('[data-offline]'));
  const show = async () => {
    timer = 0;
    const ids = [...changed];
    changed.clear();
    try {
      await refresh(board, ids);
    } catch {
      if (offline) offline.hidden = false;
    }
  };
  const stream = new EventSource('/events');
  stream.addEventListener('open', () => {
    if (offline) offline.hidden = true;
    board.dataset.live = 'true';
  });
  stream.addEventListener('error', () => {
    if (offline) offline.hidden = false;
  });
  for (const type of types) {
    stream.addEventListener(type, (event) => {
      const { subject } = JSON.parse(event.data);
      changed.add(String(subject));
      if (timer === 0) timer = setTimeout(show, together);
    });
  }
  // More was missed than is kept.
  stream.addEventListener('resync', () => location.reload());
  addEventListener('pagehide', () => stream.close());
  // A page that comes back from the browser's memory has missed what happened.
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });
}
