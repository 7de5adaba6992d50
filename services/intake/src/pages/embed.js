// @ts-check
/**
 * Puts the booking form where this script stands: a frame in the width of its place, as high as its content.
 * The form keeps its own styles, sets no cookie, and asks nobody but the server that this script came from.
 */
(() => {
  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  if (!script) return;
  const { origin } = new URL(script.src);
  const locale = /^en\b/i.test(script.dataset.locale ?? '') ? 'en' : 'nb';
  const parameters = new URLSearchParams({
    embed: '1',
    lang: locale,
    landing_page: location.origin + location.pathname,
  });
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (name.startsWith('utm_')) parameters.set(name, value);
  }
  const frame = document.createElement('iframe');
  frame.src = `${origin}/?${parameters}`;
  frame.title = locale === 'en' ? 'Book a demo of Meander' : 'Bestill en demo av Meander';
  frame.style.cssText = 'display:block;width:100%;height:60rem;border:0;color-scheme:light dark';
  addEventListener('message', (event) => {
    if (event.source !== frame.contentWindow || event.origin !== origin || event.data?.source !== 'meander')
      return;
    frame.style.height = `${Number(event.data.height) || 0}px`;
  });
  script.after(frame);
})();
