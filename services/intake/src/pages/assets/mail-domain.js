// @ts-check
/** The domains that are mistyped most, of mail providers that people here use. */
const known = [
  'gmail.com',
  'hotmail.com',
  'hotmail.no',
  'outlook.com',
  'outlook.no',
  'online.no',
  'yahoo.com',
  'yahoo.no',
  'icloud.com',
  'live.no',
  'live.com',
  'protonmail.com',
  'getmail.no',
  'broadpark.no',
];
/** Two slips at most: beyond that it is another domain. */
const mostSlips = 2;

/**
 * How many slips of a hand are between two words: a letter too many, too few, another one, or two swapped.
 *
 * @param {string} a @param {string} b
 */
function slips(a, b) {
  /** @type {number[][]} */
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= a.length; row += 1) {
    rows[row] = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let least = Math.min(
        rows[row - 1][column] + 1,
        rows[row][column - 1] + 1,
        rows[row - 1][column - 1] + same,
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, rows[row - 2][column - 2] + 1);
      }
      rows[row][column] = least;
    }
  }
  return rows[a.length][b.length];
}

/**
 * The address that was probably meant, or undefined. A domain that is as short as its slips is nobody's typo,
 * and one that is known is right.
 *
 * @param {string} email
 */
export function suggestAddress(email) {
  const [, name, domain] = /^(\S+)@([^\s@]+)$/.exec(email.trim().toLowerCase()) ?? [];
  if (!name || !domain || known.includes(domain)) return undefined;
  const [best] = known
    .map((candidate) => ({ candidate, distance: slips(domain, candidate) }))
    .filter(
      ({ candidate, distance }) =>
        distance <= mostSlips && candidate.length > 7 && candidate[0] === domain[0],
    )
    .sort((a, b) => a.distance - b.distance);
  return best && `${email.trim().slice(0, email.trim().lastIndexOf('@'))}@${best.candidate}`;
}

/**
 * Offers the probable address as a button below the field; nothing is changed unasked.
 *
 * @param {HTMLInputElement} field @param {DOMStringMap} texts
 */
export function offerCorrection(field, { meant = '' }) {
  const offer = document.createElement('p');
  offer.className = 'suggestion';
  offer.setAttribute('role', 'status');
  field.after(offer);
  const look = () => {
    const address = suggestAddress(field.value);
    offer.replaceChildren();
    if (!address) return;
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = address;
    button.addEventListener('click', () => {
      field.value = address;
      offer.replaceChildren();
      field.focus();
    });
    const [before = '', after = ''] = meant.split('{}');
    offer.append(before, button, after);
  };
  let isPressing = false;
  addEventListener('pointerdown', () => {
    isPressing = true;
  });
  addEventListener('pointerup', () => {
    isPressing = false;
  });
  field.addEventListener('change', () => {
    // Leaving the field by a press on a button: a line that appears now would push it away below the finger.
    if (isPressing) addEventListener('pointerup', () => setTimeout(look), { once: true });
    else look();
  });
  field.addEventListener('input', () => offer.replaceChildren());
}
