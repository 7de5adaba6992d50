// @ts-check
/** Errors beside their fields, and summed up on top with the focus moved there: as the server shows them. */

/** @param {HTMLFormElement} form @param {string} id */
function addDescription(form, id) {
  const field = form.elements.namedItem(id);
  if (!(field instanceof HTMLElement)) return;
  const described = new Set((field.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean));
  described.add(`${id}-error`);
  field.setAttribute('aria-describedby', [...described].join(' '));
  field.setAttribute('aria-invalid', 'true');
}

/** @param {HTMLFormElement} form */
export function clearFaults(form) {
  for (const old of document.querySelectorAll('.notice, .field .error')) old.remove();
  for (const field of form.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid');
}

/** @param {HTMLFormElement} form @param {Node[]} content */
function showOnTop(form, content) {
  const box = document.createElement('div');
  box.className = 'notice fault';
  box.tabIndex = -1;
  box.setAttribute('role', 'alert');
  box.append(...content);
  form.before(box);
  box.focus();
}

/** @param {string} tag @param {string} text */
function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

/** @param {HTMLFormElement} form @param {string} text */
export function showNotice(form, text) {
  showOnTop(form, [element('p', text)]);
}

/** @param {HTMLFormElement} form @param {{ field: string, message: string }[]} errors */
export function showFaults(form, errors) {
  const list = document.createElement('ul');
  for (const { field, message } of errors) {
    const place = form.querySelector(`.field-${CSS.escape(field)}`);
    if (!place) continue;
    const error = element('p', message);
    error.className = 'error';
    error.id = `${field}-error`;
    place.append(error);
    addDescription(form, field);
    const link = /** @type {HTMLAnchorElement} */ (
      element('a', place.querySelector('label')?.dataset.name ?? field)
    );
    link.href = `#${field}`;
    const item = document.createElement('li');
    item.append(link, `: ${message}`);
    list.append(item);
  }
  showOnTop(form, [element('p', form.dataset.faults ?? ''), list]);
}
