// @ts-check
/** Tells the page around this frame how high it is, whenever that changes. A height is no secret: any page may know it. */
export function followHeight() {
  const tell = () => {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    parent.postMessage({ source: 'meander', height }, '*');
  };
  new ResizeObserver(tell).observe(document.documentElement);
  tell();
}
