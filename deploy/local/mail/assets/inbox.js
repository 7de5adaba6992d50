// Keeps the page's list up to date. Without this script the page is right too, as of when it was loaded.

const PAUSE_MS = 1_500;
let seen = null;

/** Replaces only what has changed, so that focus, scroll position and an open message stay. */
function refresh(text) {
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  for (const part of document.querySelectorAll('[data-live]')) {
    const next = fresh.getElementById(part.id);
    if (!next || next.innerHTML === part.innerHTML) continue;
    const focused = part.contains(document.activeElement)
      ? document.activeElement.getAttribute('href')
      : null;
    part.replaceChildren(...next.childNodes);
    if (focused) part.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
}

/** Someone is about to empty the inbox: the button must not move away under the pointer. */
function isBusy() {
  return document.querySelector('#empty details[open]') !== null;
}

/** This page, for its list marks the open message; where none is open, or it is gone, the bare inbox will do. */
function address() {
  return document.querySelector('.row[aria-current]') ? location.href : `/${location.search}`;
}

async function look() {
  if (document.hidden || isBusy()) return;
  try {
    const response = await fetch(address(), { cache: 'no-cache' });
    document.body.classList.remove('offline');
    const tag = response.headers.get('etag');
    if (tag !== null && tag === seen) return;
    seen = tag;
    refresh(await response.text());
  } catch {
    document.body.classList.add('offline');
  }
}

async function watch() {
  await look();
  setTimeout(watch, PAUSE_MS);
}

document.querySelector('.row[aria-current]')?.scrollIntoView({ block: 'nearest' });
document.addEventListener('visibilitychange', look);
watch();
