/** Fetches the page again and again and puts its live parts in; what is open stays open. */
const interval = 2_000;

const isOpen = (details) => [details.id, details.open];

function replace(part, fresh) {
  if (!fresh || part.dataset.last === fresh.innerHTML) return;
  const open = new Map([...part.querySelectorAll('details')].map(isOpen));
  const text = fresh.innerHTML;
  // The first is open in the answer for those without this script; with it, the reader decides.
  for (const details of fresh.querySelectorAll('details'))
    if (open.size > 0) details.open = open.get(details.id) ?? false;
  const focused = document.activeElement?.closest('details')?.id;
  part.replaceChildren(...fresh.childNodes);
  part.dataset.last = text;
  if (focused) document.getElementById(focused)?.querySelector('summary')?.focus({ preventScroll: true });
}

async function refresh() {
  if (document.hidden || String(getSelection()) !== '') return;
  try {
    const answer = await fetch('/', { headers: { accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const part of document.querySelectorAll('[data-live]')) replace(part, page.getElementById(part.id));
    document.documentElement.classList.remove('offline');
  } catch {
    document.documentElement.classList.add('offline');
  }
}

setInterval(refresh, interval);
document.addEventListener('visibilitychange', refresh);
