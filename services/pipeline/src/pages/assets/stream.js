// @ts-check
/**
 * Follows the stream of changes, which tells ids and no names. The page loads anew where more was missed than is
 * kept, and where it comes back from the browser's memory.
 *
 * @param {readonly string[]} types
 * @param {{ changed: (subject: string, type: string) => void, opened: () => void, lost: () => void }} hears
 */
export function follow(types, { changed, opened, lost }) {
  const stream = new EventSource('/events');
  stream.addEventListener('open', opened);
  stream.addEventListener('error', lost);
  for (const type of types) {
    stream.addEventListener(type, (event) => changed(String(JSON.parse(event.data).subject), type));
  }
  stream.addEventListener('resync', () => location.reload());
  addEventListener('pagehide', () => stream.close());
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });
}
