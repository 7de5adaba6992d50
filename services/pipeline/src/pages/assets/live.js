// @ts-check
import { refresh } from './cards.js';
import { follow } from './stream.js';

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
/** How long news that could not be fetched waits for another try, in milliseconds. */
const again = 3_000;

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
  const showOffline = (/** @type {boolean} */ isAway) => {
    if (offline) offline.hidden = !isAway;
  };
  const show = async () => {
    timer = 0;
    const ids = [...changed];
    changed.clear();
    try {
      await refresh(board, ids);
      showOffline(false);
    } catch {
      showOffline(true);
      for (const id of ids) changed.add(id);
      if (timer === 0) timer = setTimeout(show, again);
    }
  };
  follow(types, {
    opened() {
      showOffline(false);
      board.dataset.live = 'true';
    },
    lost: () => showOffline(true),
    changed(subject) {
      changed.add(subject);
      if (timer === 0) timer = setTimeout(show, together);
    },
  });
}
